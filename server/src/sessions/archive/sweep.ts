import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { decodeHome } from './home.ts';

/** A hibernation writes its blob, then names it: in between nobody does. */
const unnamedMs = 3_600_000;

/** Removes archives that no session names, and what was being written when a server died. */
export async function sweepArchives(store: Store, nowMs: number): Promise<string[]> {
  const { blobs } = store.archives;
  const removed: string[] = [];
  for (const prefix of ['archives', 'aside'])
    for await (const { key, modifiedAtMs } of blobs.list(prefix)) {
      if (nowMs - modifiedAtMs < unnamedMs || (await isNamed(store, key))) continue;
      await blobs.remove(key);
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
