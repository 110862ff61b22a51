import { readTurns } from '../run/turnRecords.ts';
import { bundleBlob } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { everySession } from './everySession.ts';
import { isRetired } from './retireSessions.ts';
import { retention, trashOf } from './table.ts';

/**
 * Takes saved work out of the way that no turn of its session ended with. Turns that were undone count, and so do those
 * that forks took along: a session can go back to any. Answers the keys.
 */
export async function sweepBundles(
  store: Store,
  nowMs: number,
  orgIds: readonly string[],
): Promise<string[]> {
  const { blobs } = store.archives;
  const bySession = new Map<string, string[]>();
  const former: string[] = [];
  for await (const { key, modifiedAtMs } of blobs.list('bundles')) {
    if (nowMs - modifiedAtMs < retention.oldBundles.keptMs || !key.endsWith('.bundle')) continue;
    const [, sessionId = '', ...rest] = key.split('/');
    if (rest.length === 0) former.push(key);
    else bySession.set(sessionId, [...(bySession.get(sessionId) ?? []), key]);
  }
  const swept: string[] = [];
  for (const [sessionId, keys] of bySession) {
    const needed = await neededBy(store, sessionId);
    swept.push(...keys.filter(key => !needed.has(commitOf(key))));
  }
  // Versions before kept them by commit alone: whoever names it needs it.
  if (former.length > 0) {
    const needed = new Set<string>();
    for await (const sessionId of everySession(store, orgIds))
      for (const sha of await neededBy(store, sessionId)) needed.add(sha);
    swept.push(...former.filter(key => !needed.has(commitOf(key))));
  }
  for (const key of swept) await blobs.move(key, trashOf(key));
  await bringBack(store);
  return swept;
}

/** A turn may come to a commit that was swept, and that it found kept a moment before. */
async function bringBack(store: Store): Promise<void> {
  const { blobs } = store.archives;
  for await (const { key } of blobs.list(trashOf('bundles'))) {
    const [, , sessionId = '', ...rest] = key.split('/');
    if (rest.length === 0 || !key.endsWith('.bundle') || (await isRetired(store, sessionId))) continue;
    if ((await neededBy(store, sessionId)).has(commitOf(key)))
      await blobs.move(key, bundleBlob(sessionId, commitOf(key)));
  }
}

const commitOf = (key: string) => key.slice(key.lastIndexOf('/') + 1, -'.bundle'.length);

/** Commits that the session stands on, or that one of its turns ended with. */
async function neededBy(store: Store, sessionId: string): Promise<Set<string>> {
  const [meta, turns] = await Promise.all([readMeta(store, sessionId), readTurns(store, sessionId)]);
  return new Set([meta?.refSha, ...turns.map(({ refSha }) => refSha)].flatMap(sha => sha ?? []));
}
