import type { Item } from '../view/index.ts';

export type Block = { key: number; items: Item[] };

/**
 * Items in runs whose borders do not move when older ones are put before them or newer ones behind, so that a long
 * timeline redraws only the run that changed. Borders follow `seq`, which is nearly in order: a prompt that waited
 * stands behind events that are newer than itself.
 */
export function blocksOf(items: readonly Item[], size = 40): Block[] {
  const blocks: Block[] = [];
  let newest = 0;
  for (const item of items) {
    newest = Math.max(newest, item.seq);
    const key = Math.floor(newest / size);
    const block = blocks.at(-1);
    if (block?.key === key) block.items.push(item);
    else blocks.push({ key, items: [item] });
  }
  return blocks;
}

export function isSameBlock(a: Block, b: Block): boolean {
  return a.items.length === b.items.length && a.items.every((item, i) => item === b.items[i]);
}
