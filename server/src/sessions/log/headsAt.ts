import type { Head } from '@deckhand/shared';
import { applyToHead, emptyHead } from '@deckhand/shared/view';
import type { Store } from '../store/store.ts';
import { readAll } from './log.ts';

/** What the session was at these places of its log, folded from it: the places rise. */
export async function headsAt(store: Store, sessionId: string, seqs: readonly number[]): Promise<Head[]> {
  const heads: Head[] = [];
  let head = emptyHead;
  for await (const event of readAll(store, sessionId)) {
    while (heads.length < seqs.length && (seqs[heads.length] ?? 0) < event.seq) heads.push(head);
    if (heads.length === seqs.length) break;
    head = applyToHead(head, event);
  }
  while (heads.length < seqs.length) heads.push(head);
  return heads;
}
