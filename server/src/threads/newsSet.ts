import type { ThreadKey } from '@deckhand/shared';
import { script } from '../platform/script.ts';
import type { Store } from '../sessions/store/store.ts';

/** hash: sessionId -> `provider:id` of the thread that shows it */
const shownInKey = 'dh:thread-of';
/** sorted set: id of a thread that may have something to show, by the number of its newest news */
const newsKey = (provider: string, workspace: string) => `dh:{thread-news:${provider}:${workspace}}`;

/** A thread that may have something to show, and the number of its newest news. */
export type News = { id: string; number: number };

/** KEYS[1] set, KEYS[2] counter; ARGV ids. Numbers are never given twice: who saw one knows that nothing came since. */
const noteScript = script('dhNoteNews', {
  keys: 2,
  lua: `
local n = redis.call('INCR', KEYS[2])
for _, id in ipairs(ARGV) do redis.call('ZADD', KEYS[1], n, id) end
return n
`,
});

/** KEYS[1] set; ARGV id, number. Answer: 1 dropped, 0 something new came meanwhile. */
const dropScript = script('dhDropNews', {
  keys: 1,
  lua: `
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
`,
});

export const workspaceOf = ({ id }: { id: string }) => id.split('/')[0] ?? '';

/** These threads of one workspace are to be looked at. */
export async function noteNews(store: Store, provider: string, ids: readonly string[]): Promise<void> {
  const [first] = ids;
  if (first === undefined) return;
  const key = newsKey(provider, workspaceOf({ id: first }));
  await noteScript(store, key, `${key}:n`, ...ids);
}

/** Oldest news first. */
export async function readNews(
  store: Store,
  { provider, workspace, from, count }: { provider: string; workspace: string; from: number; count: number },
): Promise<News[]> {
  const flat = await store.zrange(
    newsKey(provider, workspace),
    String(from),
    String(from + count - 1),
    'WITHSCORES',
  );
  return flat.flatMap((id, i) => (i % 2 === 0 ? [{ id, number: Number(flat[i + 1]) }] : []));
}

/** A thread was looked at and had nothing to show: it leaves unless something came since that number. */
export async function dropNews(store: Store, provider: string, { id, number }: News): Promise<void> {
  await dropScript(store, newsKey(provider, workspaceOf({ id })), id, number);
}

/** Nothing of a thread is to be shown any more. */
export async function leaveNews(store: Store, { provider, id }: ThreadKey): Promise<void> {
  await store.zrem(newsKey(provider, workspaceOf({ id })), id);
}

export async function forgetNews(store: Store, provider: string, workspace: string): Promise<void> {
  // The counter stays: numbers that somebody has seen are not given again.
  await store.del(newsKey(provider, workspace));
}

/** Before the session's first event, so that none comes that nobody can place. */
export async function noteShownIn(
  store: Store,
  bonds: readonly { sessionId: string; thread: ThreadKey }[],
): Promise<void> {
  const fields = bonds.flatMap(({ sessionId, thread }) => [sessionId, `${thread.provider}:${thread.id}`]);
  if (fields.length > 0) await store.hset(shownInKey, ...fields);
}

export async function forgetShownIn(store: Store, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length > 0) await store.hdel(shownInKey, ...sessionIds);
}

/** The threads that show any of these sessions. */
export async function threadsShowing(store: Store, sessionIds: readonly string[]): Promise<ThreadKey[]> {
  if (sessionIds.length === 0) return [];
  const found = await store.hmget(shownInKey, ...sessionIds);
  return found.flatMap(text => {
    const [, provider, id] = /^([^:]+):(.+)$/.exec(text ?? '') ?? [];
    return provider && id ? [{ provider, id }] : [];
  });
}
