/** One line of a patch: its number before and after, where it has one, its sign and its text. */
export type PatchLine = { before: number | null; after: number | null; sign: ' ' | '+' | '-'; text: string };
export type Side = 'before' | 'after';

/**
 * Cuts git's unified diff into the patches of its files, in its order. A file that became a link is printed as two,
 * under the same first line: they stay together. What is not a diff gives none.
 */
export function splitPatches(diff: string): string[] {
  const patches: string[] = [];
  const firstLine = (patch: string) => patch.slice(0, patch.indexOf('\n'));
  for (const part of diff.split(/^(?=diff --git )/m)) {
    if (!part.startsWith('diff --git ')) continue;
    const before = patches.at(-1);
    if (before !== undefined && firstLine(before) === firstLine(part))
      patches[patches.length - 1] = before + part;
    else patches.push(part);
  }
  return patches;
}

const hunk = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/;

/** The lines of a file's hunks, with their numbers. */
export function linesOf(patch: string): PatchLine[] {
  const found: PatchLine[] = [];
  let before = 0;
  let after = 0;
  let inside = false;
  for (const line of patch.split('\n')) {
    const begins = hunk.exec(line);
    if (begins) {
      before = Number(begins[1]);
      after = Number(begins[2]);
      inside = true;
    } else if (line.startsWith('diff --git ')) inside = false;
    else if (inside && line.startsWith('+'))
      found.push({ before: null, after: after++, sign: '+', text: line.slice(1) });
    else if (inside && line.startsWith('-'))
      found.push({ before: before++, after: null, sign: '-', text: line.slice(1) });
    else if (inside && line.startsWith(' '))
      found.push({ before: before++, after: after++, sign: ' ', text: line.slice(1) });
  }
  return found;
}

/** What stands in these lines of one side; null where the patch does not show all of them. */
export function quoteOf(
  lines: readonly PatchLine[],
  { side, from, to }: { side: Side; from: number; to: number },
): string | null {
  const those = lines.filter(line => {
    const number = line[side];
    return number !== null && number >= from && number <= to;
  });
  return to >= from && those.length === to - from + 1 ? those.map(({ text }) => text).join('\n') : null;
}

/** Lines are drawn up to here; nobody reads further, and browsers do not either. */
const mostLineChars = 2000;

/** For drawing alone: lines that are too long are cut, with how much more there is. */
export const shortened = (patch: string): string =>
  patch.length <= mostLineChars
    ? patch
    : patch
        .split('\n')
        .map(line =>
          line.length <= mostLineChars
            ? line
            : `${line.slice(0, mostLineChars)} … ${(line.length - mostLineChars).toLocaleString('en')} more characters`,
        )
        .join('\n');

/** Letters that make text read other than it is. */
const misleading = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
export const hidesLetters = (text: string): boolean => misleading.test(text);

/** A name as it is: letters that are not seen, or turn round what is, are spelled out. */
export const shownPath = (path: string): string =>
  path.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    letter => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`,
  );
