import type { Store } from '../store/store.ts';
import { dropAttachment } from './attachmentHolds.ts';
import { retention, trashOf } from './table.ts';

/** Takes what was uploaded and never sent out of the way. Answers the keys. */
export async function sweepAttachments(store: Store, nowMs: number): Promise<string[]> {
  const { blobs } = store.archives;
  const swept: string[] = [];
  for await (const { key, modifiedAtMs } of blobs.list('attachments')) {
    if (nowMs - modifiedAtMs < retention.unsentAttachments.keptMs) continue;
    // The record goes first: a server that dies in between leaves bytes that nobody can name, for the next sweep.
    if (!(await dropAttachment(store, key.slice('attachments/'.length), null))) continue;
    await blobs.move(key, trashOf(key));
    swept.push(key);
  }
  return swept;
}
