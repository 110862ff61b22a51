import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** A server that dies watches nothing any more; feeds say so every other second while they are followed. */
const watchedTtlMs = 10_000;

/** Somebody looks at these sessions on this node. */
export async function noteWatched(store: Store, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  const pipeline = store.pipeline();
  for (const sessionId of sessionIds)
    pipeline.set(sessionKey(sessionId, part.viewers), '1', 'PX', watchedTtlMs);
  await pipeline.exec();
}

/** Whether anybody looks at a session, on any node. */
export async function isWatched(store: Store, sessionId: string): Promise<boolean> {
  return (await store.exists(sessionKey(sessionId, part.viewers))) === 1;
}
