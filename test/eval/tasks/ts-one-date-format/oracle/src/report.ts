import { monthOf, twoDigits } from './dates.ts';

export function reportLine(name: string, date: Date, count: number): string {
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  return `${date.getUTCDate()} ${monthOf(date)} ${time}  ${name}: ${count}`;
}
