import type { Item } from './items.ts';

/**
 * Says of every item whether it was undone, after a rewind was put at the end: what stands is read backwards, and at
 * each rewind the reading goes on at the end of the turn that it went back to. A turn that is not among the items
 * ended before the first of them. In place; items that stay as they were stay the same object.
 */
export function foldRewind(items: Item[]): void {
  const ends = new Map<string, number>();
  for (const [index, item] of items.entries()) if (item.kind === 'turn.end') ends.set(item.turnId, index);
  let standsFrom = items.length - 1;
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (!item) continue;
    const undone = index > standsFrom;
    if (!undone) standsFrom = nextStanding(item, index, ends);
    if (undone !== (item.undone === true)) items[index] = marked(item, undone);
  }
}

/** The place of the newest item before this one that still stands. */
function nextStanding(item: Item, index: number, ends: ReadonlyMap<string, number>): number {
  if (item.kind !== 'mark' || item.event.type !== 'session.rewound') return index - 1;
  const end = ends.get(item.event.data.turnId) ?? -1;
  return Math.min(end, index - 1);
}

function marked(item: Item, undone: boolean): Item {
  if (undone) return { ...item, undone };
  const { undone: _, ...stands } = item;
  return stands as Item;
}
