import { monthOf, twoDigits } from './dates.ts';

export function feedItem(title: string, date: Date): { title: string; published: string } {
  const day = `${date.getUTCFullYear()}/${monthOf(date)}/${twoDigits(date.getUTCDate())}`;
  return { title, published: `${day} ${twoDigits(date.getUTCHours())}h${twoDigits(date.getUTCMinutes())}` };
}
