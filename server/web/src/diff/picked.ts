import type { Line, Side } from '@deckhand/shared/ui/diff';

/** What a file is called on that side. */
export const pathOn = (
  { path, oldPath }: { path: string; oldPath?: string | undefined },
  side: Side,
): string => (side === 'before' ? (oldPath ?? path) : path);

export type Picked = { side: Side; from: number; to: number };

/** The line that was pressed; with `more` all from what was picked before to it, on the same side. */
export function pickedMore(before: Picked | null, { side, line }: Line, more: boolean): Picked {
  if (!more || before?.side !== side) return { side, from: line, to: line };
  return { side, from: Math.min(before.from, line), to: Math.max(before.to, line) };
}
