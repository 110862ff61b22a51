import { monthOf, twoDigits } from './dates.ts';

export function mailSubject(topic: string, date: Date): string {
  return `${topic} (${twoDigits(date.getUTCDate())} ${monthOf(date)} ${date.getUTCFullYear()})`;
}
