import { retention, trashOf } from '../retention/table.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { decodeHome } from './home.ts';

/** A hibernation writes its blob, then names it: in between nobody does. */
const unnamedMs = 3_600_000;

/**
 * Takes archives that no session names out of the way, and what was being written when a server died. They rest in
 * `trash/` before they are gone for good. Answers what was taken out of the way.
 */
export async function sweepArchives(store: Store, nowMs: number): Promise<string[]> {
  const { blobs } = store.archives;
  const removed: string[] = [];
  for await (const { key, modifiedAtMs } of blobs.list('trash'))
    if (nowMs - modifiedAtMs >= retention.trash.keptMs) await blobs.remove(key);
  for (const prefix of ['archives', 'aside'])
    for await (const { key, modifiedAtMs } of blobs.list(prefix)) {
      if (nowMs - modifiedAtMs < unnamedMs || (await isNamed(store, key))) continue;
      await blobs.move(key, trashOf(key));
      removed.push(key);
    }
  return removed;
}

/** By the home record of its session, or by the session that was restored from it. */
async function isNamed(store: Store, blob: string): Promise<boolean> {
  const [folder, sessionId = ''] = blob.split('/');
  if (folder !== 'archives') return false;
  const answers = await store
    .multi()
    .get(sessionKey(sessionId, part.home))
    .hget(sessionKey(sessionId, part.meta), 'archive')
    .exec();
  const [home, restoredFrom] = (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value as string | null;
  });
  return decodeHome(sessionId, home ?? null)?.blob === blob || restoredFrom === blob;
}
