const mostRounds = 4;

/**
 * Whether a path of a request is one of these patterns. A server may decode what we see encoded. Towards `allow` the
 * path has to match however often it is decoded, and one that leads up, or hides where it leads, matches nothing;
 * towards `deny` one reading is enough, and such a path matches everything.
 */
export function matchesPath(
  patterns: readonly string[],
  pathWithQuery: string,
  kind: 'allow' | 'deny',
): boolean {
  const readings = readingsOf(pathWithQuery.replace(/[?#].*$/s, ''));
  if (!readings) return kind === 'deny';
  const isOne = (reading: string) => patterns.some(pattern => matches(pattern, reading));
  return kind === 'deny' ? readings.some(isOne) : readings.every(isOne);
}

const matches = (pattern: string, path: string) =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;

/** The path as it is, and as it is after each round of decoding; undefined where one of them is not plain. */
function readingsOf(path: string): string[] | undefined {
  const readings = [path];
  let now = path;
  for (let round = 0; ; round++) {
    if (/(^|\/)\.{1,2}(?=[/;]|$)|\\|\/\//.test(now) || [...now].some(each => each < ' ')) return undefined;
    let next: string;
    try {
      next = decodeURIComponent(now);
    } catch {
      return undefined;
    }
    if (next === now) return readings;
    if (round === mostRounds) return undefined;
    readings.push(next);
    now = next;
  }
}
