import type { DiffFile } from '@deckhand/shared';
import { bytes, plural } from '@deckhand/shared/words';
import { fileHash } from '../router.ts';

/** Past this many changed lines a file starts folded: drawing it would hold up everything else. */
const foldAboveLines = 800;

/** Why a file is not shown at once; null where it is. */
export function foldedWhy({ added, removed, generated, leftOutBytes }: DiffFile): string | null {
  const lines = plural(added + removed, 'line');
  if (typeof leftOutBytes === 'number') return `large: ${bytes(leftOutBytes)}`;
  if (leftOutBytes === null) return `large: ${lines}`;
  if (generated) return `generated: ${lines}`;
  return added + removed > foldAboveLines ? `large: ${lines}` : null;
}

/** Whether the page's address names this file. */
export const isNamed = (path: string): boolean => location.hash === fileHash(path);
