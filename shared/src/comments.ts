import { z } from 'zod';
import { limits } from './limits.ts';

const line = z.number().int().min(1).max(1_000_000_000);

/** Lines of a file, as they were before a change or are after it. */
export const CommentPlace = z.object({
  path: z.string().min(1).max(limits.pathChars),
  side: z.enum(['before', 'after']),
  from: line,
  to: line,
});
export type CommentPlace = z.infer<typeof CommentPlace>;

/** What somebody says of lines of a diff. */
export const LineComment = CommentPlace.extend({
  /** What stood there when it was written: it may be gone since. */
  quote: z.string().max(limits.commentQuoteChars),
  text: z.string().trim().min(1, 'a comment needs some text').max(limits.commentChars),
  /** The commit whose lines these are. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40,64}$/)
    .optional(),
}).refine(({ from, to }) => from <= to, 'lines go from the first to the last');
export type LineComment = z.infer<typeof LineComment>;

export const LineComments = z.array(LineComment).max(limits.comments, `at most ${limits.comments} comments`);

/** Letters that would turn a name into something else than it is. */
const odd = /[\p{Cc}\p{Zl}\p{Zp}`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const spelled = (path: string) =>
  path.replaceAll(odd, letter => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);

export const linesText = ({ from, to }: Pick<CommentPlace, 'from' | 'to'>) =>
  from === to ? `line ${from}` : `lines ${from}–${to}`;

/** "src/a.ts, lines 3–5, before the change" */
export const placeText = (place: CommentPlace): string =>
  `${spelled(place.path)}, ${linesText(place)}${place.side === 'before' ? ', before the change' : ''}`;

/** A prompt's text with each comment, its place and what stood there, as every client shows it and the model reads it. */
export function withComments(text: string, comments: readonly LineComment[]): string {
  if (comments.length === 0) return text;
  const parts = comments.map((comment, i) => {
    const { path, side, commit, quote } = comment;
    const which = `${side === 'before' ? 'before' : 'after'} the change${commit ? `, commit ${commit.slice(0, 12)}` : ''}`;
    const place = `${i + 1}. \`${spelled(path)}\`, ${linesText(comment)} (${which}):`;
    return [place, fenced(quote), comment.text].filter(Boolean).join('\n');
  });
  return [text.trim(), ...parts].join('\n\n');
}

/** In a fence that nothing in it can end. */
function fenced(quote: string): string {
  if (quote === '') return '';
  const longest = Math.max(2, ...[...quote.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${quote}\n${fence}`;
}
