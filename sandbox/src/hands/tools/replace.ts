import { type Lines, lineEndAt, withPlainLineEnds } from './line-ends.ts';
import { nearestPlace } from './nearest-place.ts';

export type Replacement = { old: string; new: string; all?: boolean | undefined };
export type Replaced =
  | { ok: true; text: string; line: number; places: number; otherWhiteSpace: boolean }
  | { ok: false; message: string };

/** A stretch of the text with plain line ends, and what takes its place. */
type Stretch = { start: number; end: number; new: string };

/** Replaces text whatever its line ends; what is inserted takes those around it, all else keeps its own. */
export function replaceText(original: string, wanted: Replacement): Replaced {
  const lines = withPlainLineEnds(original);
  const old = wanted.old.replaceAll('\r\n', '\n');
  const fresh = wanted.new.replaceAll('\r\n', '\n');
  const exact = occurrences(lines.text, old).map(start => ({ start, end: start + old.length, new: fresh }));
  const loose = exact.length === 0 ? withOtherIndent(lines.text, old, fresh) : [];
  const stretches = exact.length > 0 ? exact : loose;
  if (stretches.length === 0)
    return { ok: false, message: `does not occur; ${nearestPlace(lines.text, old)}` };
  if (stretches.length > 1 && !(wanted.all && exact.length > 0)) {
    const at = stretches.slice(0, 5).map(({ start }) => lineNumber(lines.text, start));
    const where = `${stretches.length} times, in lines ${at.join(', ')}${stretches.length > 5 ? ', …' : ''}`;
    return { ok: false, message: `occurs ${where}; give more of its surroundings, or set all` };
  }
  return {
    ok: true,
    text: spliced(original, lines, stretches),
    line: lineNumber(lines.text, stretches[0]?.start ?? 0),
    places: stretches.length,
    otherWhiteSpace: exact.length === 0,
  };
}

function occurrences(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
}

const lineNumber = (text: string, at: number) => text.slice(0, at).split('\n').length;

function spliced(original: string, lines: Lines, stretches: Stretch[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const stretch of stretches) {
    const { start, end, inserted } = whatDiffers(lines.text, stretch);
    const from = lines.place(start);
    parts.push(original.slice(done, from), inserted.replaceAll('\n', lineEndAt(original, from)));
    done = lines.place(end);
  }
  parts.push(original.slice(done));
  return parts.join('');
}

/** Without what both begin and end with: that stays as it is, its line ends too. */
function whatDiffers(text: string, { start, end, new: fresh }: Stretch) {
  const old = text.slice(start, end);
  const most = Math.min(old.length, fresh.length);
  let before = 0;
  while (before < most && old[before] === fresh[before]) before++;
  let behind = 0;
  while (behind < most - before && old.at(-1 - behind) === fresh.at(-1 - behind)) behind++;
  return { start: start + before, end: end - behind, inserted: fresh.slice(before, fresh.length - behind) };
}

/** Lines looked at in search of one place: nothing else is done in here meanwhile. */
const mostCompared = 500_000;

const indentOf = (line: string) => /^[ \t]*/.exec(line)?.[0] ?? '';

/** Whole lines that differ in how far they are indented, all by the same, or in white space at their ends. */
function withOtherIndent(text: string, old: string, fresh: string): Stretch[] {
  const wanted = old.replace(/\n$/, '').split('\n');
  if (wanted.every(line => line.trim() === '')) return [];
  const end = (value: string) => (value.endsWith('\n') ? '\n' : '');
  const lines = text.split('\n');
  const found: Stretch[] = [];
  const first = wanted.findIndex(line => line.trim() !== '');
  const firstWords = wanted[first]?.trim();
  let start = 0;
  let left = mostCompared;
  for (const [at, line] of lines.entries()) {
    const isLikely = left > 0 && lines[at + first]?.trim() === firstWords;
    const there = isLikely ? lines.slice(at, at + wanted.length) : [];
    left -= there.length;
    const shift = isLikely ? shiftBetween(wanted, there) : undefined;
    if (shift) {
      const length = there.join('\n').length + end(old).length;
      const moved = fresh.replace(/\n$/, '').split('\n').map(shift);
      if (moved.every(each => each !== undefined))
        found.push({
          start,
          end: Math.min(start + length, text.length),
          new: moved.join('\n') + end(fresh),
        });
    }
    start += line.length + 1;
  }
  return found;
}

/** How a line with the indent of `wanted` is written in `there`; undefined where these are other lines. */
function shiftBetween(wanted: string[], there: string[]): ((line: string) => string | undefined) | undefined {
  if (there.length < wanted.length) return undefined;
  let from: string | undefined;
  let to = '';
  for (const [at, line] of wanted.entries()) {
    const other = there[at] ?? '';
    if (line.trim() !== other.trim()) return undefined;
    if (line.trim() === '') continue;
    if (from === undefined) {
      from = indentOf(line);
      to = indentOf(other);
      // Only one of both may be deeper than the other, by the same in each line.
      const shared = commonEnd(from, to);
      from = from.slice(0, from.length - shared);
      to = to.slice(0, to.length - shared);
    }
    if (indentOf(line) !== from + indentOf(other).slice(to.length) || !indentOf(other).startsWith(to))
      return undefined;
  }
  const [cut, put] = [from ?? '', to];
  return line =>
    line.trim() === '' ? line : line.startsWith(cut) ? put + line.slice(cut.length) : undefined;
}

function commonEnd(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}
