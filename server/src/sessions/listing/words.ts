import type { SearchHit } from '@deckhand/shared';

/** Between letters of scripts that have no spaces: each is a word by itself then. */
const gap = '\u200b';
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;

const mostChars = 20_000;
const mostWords = 10;

/** A text as it is kept to be searched: its beginning where it is very long, on one line. */
export const searchable = (text: string): string =>
  text
    .slice(0, mostChars)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\u200b]+/gu, ' ')
    .trim()
    .replaceAll(unspaced, letter => letter + gap);

/**
 * What is searched for as full-text queries, one a word. Each is a phrase in quotes, so that nothing in it is an operator,
 * and the beginning of a longer word unless it is a single letter, with which half of everything begins.
 */
export function queriesOf(asked: string): string[] {
  const words = asked
    .toWellFormed()
    .split(/[\p{Cc}\p{Z}"\u200b]+/u)
    .filter(word => /[\p{L}\p{N}]/u.test(word))
    .slice(0, mostWords);
  return [...new Set(words)].map(word => {
    const spaced = word.replaceAll(unspaced, letter => letter + gap);
    return [...spaced].length > 1 ? `"${spaced}" *` : `"${spaced}"`;
  });
}

const token = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
/** As the full-text index compares words: without case, accents and dots. */
const folded = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
const charsAround = 160;
const charsBefore = 50;

/** The words around the first place where one of these queries fits, and which of them do. */
export function snippetOf(text: string, queries: readonly string[]): Pick<SearchHit, 'text' | 'marks'> {
  const tokens = [...text.matchAll(token)].map(({ 0: word, index }) => ({
    word: folded(word),
    from: index,
    to: index + word.length,
  }));
  const phrases = queries.map(query => ({
    words: [...query.matchAll(token)].map(([word]) => folded(word)),
    isPrefix: query.endsWith('*'),
  }));
  const marks: [number, number][] = [];
  for (const [n, { from }] of tokens.entries()) {
    const fits = phrases.filter(({ words, isPrefix }) =>
      words.every((word, i) => {
        const found = tokens[n + i]?.word;
        return isPrefix && i === words.length - 1 ? found?.startsWith(word) : found === word;
      }),
    );
    const to = Math.max(...fits.map(({ words }) => tokens[n + words.length - 1]?.to ?? 0));
    if (fits.length > 0 && from >= (marks.at(-1)?.[1] ?? 0)) marks.push([from, to]);
  }
  const first = marks[0]?.[0] ?? 0;
  // From the beginning of a word.
  const from =
    first <= charsBefore ? 0 : (tokens.find(each => each.from >= first - charsBefore)?.from ?? first);
  const to =
    from + charsAround < text.length
      ? (tokens.findLast(each => each.to <= from + charsAround)?.to ?? from + charsAround)
      : text.length;
  return shown(text, { from, to, marks });
}

function shown(
  text: string,
  { from, to, marks }: { from: number; to: number; marks: readonly [number, number][] },
): Pick<SearchHit, 'text' | 'marks'> {
  const lead = from > 0 ? '…' : '';
  const plain = (piece: string) => piece.replaceAll(gap, '');
  const place = (at: number) => lead.length + plain(text.slice(from, at)).length;
  return {
    text: lead + plain(text.slice(from, to)) + (to < text.length ? '…' : ''),
    marks: marks.filter(([, end]) => end <= to).map(([start, end]) => [place(start), place(end)]),
  };
}
