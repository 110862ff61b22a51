import type { Session } from '@deckhand/shared';
import { orgKeys } from './store/keys.ts';
import { readMeta, toSession } from './store/meta.ts';
import type { Store } from './store/store.ts';

type Page = { sessions: Session[]; after: string | null };
type Wanted = {
  after?: string | undefined;
  limit: number;
  /** Those that the reader may see; all where absent. */
  visible?: (sessions: Session[]) => Promise<Session[]>;
};

/** Who may see few of many gets a short page, rather than have all of them read at once. */
const readAtMost = 1_000;

/** Sessions of an organisation, newest activity first. `after` is the last id of the page before. */
export async function listSessions(store: Store, orgId: string, wanted: Wanted): Promise<Page> {
  const { limit, visible = async found => found } = wanted;
  const sessions: Session[] = [];
  let after: string | null | undefined = wanted.after;
  for (let read = 0; sessions.length < limit && after !== null && read < readAtMost; read += limit) {
    const page: Page = await pageOf(store, orgId, { after, limit });
    sessions.push(...(await visible(page.sessions)));
    after = page.after;
  }
  if (sessions.length <= limit) return { sessions, after: after ?? null };
  const shown = sessions.slice(0, limit);
  return { sessions: shown, after: shown.at(-1)?.id ?? null };
}

async function pageOf(
  store: Store,
  orgId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Page> {
  const key = orgKeys.sessions(orgId);
  const rank = after === undefined ? -1 : ((await store.zrevrank(key, after)) ?? -1);
  const ids = await store.zrevrange(key, rank + 1, rank + limit);
  const metas = await Promise.all(ids.map(id => readMeta(store, id)));
  const sessions = metas.flatMap(meta => (meta ? [toSession(meta)] : []));
  return { sessions, after: ids.length === limit ? (ids.at(-1) ?? null) : null };
}

/** Something happened in a session: it moves to the top of the list. */
export async function touchSession(store: Store, orgId: string, sessionId: string): Promise<void> {
  const nowMs = Date.now();
  await Promise.all([
    store.zadd(orgKeys.sessions(orgId), nowMs, sessionId),
    store.zadd(orgKeys.hot, nowMs, sessionId),
  ]);
}
