import type { Session } from '@deckhand/shared';
import { orgKeys } from './keys.ts';
import { readMeta, toSession } from './meta.ts';
import type { Store } from './store.ts';

/** Sessions of an organisation, newest activity first. `after` is the last id of the page before. */
export async function listSessions(
  store: Store,
  orgId: string,
  page: { after?: string | undefined; limit: number },
): Promise<{ sessions: Session[]; after: string | null }> {
  const key = orgKeys.sessions(orgId);
  const rank = page.after === undefined ? -1 : ((await store.zrevrank(key, page.after)) ?? -1);
  const ids = await store.zrevrange(key, rank + 1, rank + page.limit);
  const metas = await Promise.all(ids.map(id => readMeta(store, id)));
  const sessions = metas.flatMap(meta => (meta ? [toSession(meta)] : []));
  return { sessions, after: ids.length === page.limit ? (ids.at(-1) ?? null) : null };
}

/** Something happened in a session: it moves to the top of the list. */
export async function touchSession(store: Store, orgId: string, sessionId: string): Promise<void> {
  await store.zadd(orgKeys.sessions(orgId), Date.now(), sessionId);
}
