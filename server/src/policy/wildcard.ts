/**
 * Whether a text is of a pattern in which `*` stands for any characters, none and line breaks too. Takes time by the
 * product of their lengths at most, whatever the pattern: a regular expression of many stars would not.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let from = 0;
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      from = place;
    } else if (at < pattern.length && pattern[at] === text[place]) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++from;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
