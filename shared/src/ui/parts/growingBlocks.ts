import { fromMarkdown } from 'mdast-util-from-markdown';

/** Markdown that is still being written: blocks that nothing behind them can change, and what is still open. */
export type GrowingBlocks = { settled: readonly string[]; open: string };

export const noBlocks: GrowingBlocks = { settled: [], open: '' };

/** Longer than most blocks, so that most texts are looked at seldom; shorter than what takes long to draw. */
const worthSettlingChars = 400;

/**
 * The blocks of a text that grew from what `before` holds; any other text begins anew. Only the open end is parsed, so
 * the cost does not grow with the text. A block settles once another has begun behind it: until then a list may go on, a
 * fence be open, a line turn a paragraph into a heading. Together they are the text, to the letter.
 */
export function growBlocks(before: GrowingBlocks, text: string): GrowingBlocks {
  const settledChars = before.settled.reduce((sum, block) => sum + block.length, 0);
  const grew = text.length >= settledChars + before.open.length && text.startsWith(before.open, settledChars);
  const settled = grew ? before.settled : [];
  const open = grew ? text.slice(settledChars) : text;
  if (open.length < worthSettlingChars) return { settled, open };
  const starts = fromMarkdown(open).children.map(({ position }) => position?.start.offset ?? 0);
  const last = starts.at(-1) ?? 0;
  if (last === 0) return { settled, open };
  // From the beginning of a line: indentation belongs to its block.
  const lineAt = open.lastIndexOf('\n', last) + 1;
  return { settled: [...settled, open.slice(0, lineAt)], open: open.slice(lineAt) };
}
