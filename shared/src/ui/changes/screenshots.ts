import { createContext } from 'react';
import type { Item } from '../../view/index.ts';

/** The same element before and after a change; named for it by whoever took them. */
export type Pair = { name: string; before: string; after: string };

export const PairsContext = createContext<readonly Pair[]>([]);

/** Of each element the newest picture before, and the newest after. */
export function pairsOf(items: readonly Item[]): Pair[] {
  const found = new Map<string, Partial<Record<'before' | 'after', string>>>();
  for (const item of items) {
    if (item.kind !== 'artifact' || item.artifact.kind !== 'screenshot' || item.undone) continue;
    const [, side, name] = /^(before|after)-(.+)\.png$/.exec(item.artifact.name) ?? [];
    if (side !== 'before' && side !== 'after') continue;
    found.set(name ?? '', { ...found.get(name ?? ''), [side]: item.artifact.artifactId });
  }
  return [...found].flatMap(([name, { before, after }]) =>
    before && after ? [{ name, before, after }] : [],
  );
}
