import type { Item } from '../../view/index.ts';

export type Block = { key: string; undone: boolean; items: Item[] };

/**
 * Items in runs whose borders do not move when older ones are put before them or newer ones behind, so that a long
 * timeline redraws only the run that changed. Borders follow `seq`, which is nearly in order: a prompt that waited
 * stands behind events that are newer than itself. What was undone in one go is one run.
 */
export function blocksOf(items: readonly Item[], size = 40): Block[] {
  const blocks: (Block & { part: number })[] = [];
  let newest = 0;
  for (const item of items) {
    newest = Math.max(newest, item.seq);
    const part = Math.floor(newest / size);
    const undone = item.undone === true;
    const block = blocks.at(-1);
    if (block?.undone === undone && (undone || block.part === part)) block.items.push(item);
    else blocks.push({ key: '', part, undone, items: [item] });
  }
  const seen = new Map<number, number>();
  return blocks.map(({ part, undone, items: run }) => {
    const nth = (seen.get(part) ?? 0) + (undone ? 0 : 1);
    seen.set(part, nth);
    return { key: undone ? `undone-${run.at(-1)?.seq}` : `${part}.${nth}`, undone, items: run };
  });
}

export function isSameBlock(a: Block, b: Block): boolean {
  return (
    a.undone === b.undone &&
    a.items.length === b.items.length &&
    a.items.every((item, i) => item === b.items[i])
  );
}
