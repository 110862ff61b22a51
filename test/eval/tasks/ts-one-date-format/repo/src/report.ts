const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];

export function reportLine(name: string, date: Date, count: number): string {
  const month = MONTHS[date.getUTCMonth()];
  const time =
    String(date.getUTCHours()).padStart(2, '0') + ':' + String(date.getUTCMinutes()).padStart(2, '0');
  return `${date.getUTCDate()} ${month} ${time}  ${name}: ${count}`;
}
