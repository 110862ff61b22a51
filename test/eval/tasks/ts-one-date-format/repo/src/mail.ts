const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function mailSubject(topic: string, date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${topic} (${day} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()})`;
}
