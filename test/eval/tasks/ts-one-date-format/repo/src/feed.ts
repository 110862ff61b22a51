const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec'.split(' ');

function two(n: number): string {
  return n < 10 ? '0' + n : '' + n;
}

export function feedItem(title: string, date: Date): { title: string; published: string } {
  const published = `${date.getUTCFullYear()}/${monthNames[date.getUTCMonth()]}/${two(date.getUTCDate())} ${two(date.getUTCHours())}h${two(date.getUTCMinutes())}`;
  return { title, published };
}
