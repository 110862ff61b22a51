import { orgKeys } from './store/keys.ts';
import type { Store } from './store/store.ts';

/** Something happened in a session: it is among all there are, and those in use. */
export async function touchSession(store: Store, orgId: string, sessionId: string): Promise<void> {
  const nowMs = Date.now();
  await Promise.all([
    store.zadd(orgKeys.sessions(orgId), nowMs, sessionId),
    store.zadd(orgKeys.hot, nowMs, sessionId),
  ]);
}
