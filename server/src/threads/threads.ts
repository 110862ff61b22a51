import {
  type OnBehalfOf,
  ParkedPrompt,
  RelayState,
  type ThreadBond,
  type ThreadInfo,
  type ThreadKey,
} from '@deckhand/shared';
import { z } from 'zod';
import { part, sessionKey } from '../sessions/store/keys.ts';
import { readMeta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import {
  dropNews,
  forgetNews,
  forgetShownIn,
  leaveNews,
  noteNews,
  readNews,
  threadsShowing,
  workspaceOf,
} from './newsSet.ts';
import { threadKey } from './relayLease.ts';

/** A parked prompt with what it takes to send it later. */
const Stored = ParkedPrompt.extend({ n: z.number(), attachments: z.array(z.string()) });
export type StoredParked = z.infer<typeof Stored>;

/** hash: sessionId, owner, untilMs and fence of the relay, state (JSON), parked:<requestId> (JSON) */
type Hash = Record<string, string>;

const parkedField = (requestId: string) => `parked:${requestId}`;
const indexKey = (provider: string, workspace: string) => `dh:threads:${provider}:${workspace}`;

/** Of a place's threads, the newest. */
const lookedThrough = 1000;
/** So many with news are looked at in one go, and so many in one look. */
const newsPage = 200;
const mostNews = 5000;

/** Moves a thread up in its workspace's list; what was closed is open again. */
export async function touchThread(store: Store, thread: ThreadKey): Promise<void> {
  await store.zadd(indexKey(thread.provider, workspaceOf(thread)), Date.now(), thread.id);
}

export const readThread = (store: Store, thread: ThreadKey): Promise<Hash> =>
  store.hgetall(threadKey(thread));

export async function threadInfo(store: Store, thread: ThreadKey): Promise<ThreadInfo | null> {
  const hash = await readThread(store, thread);
  return Object.keys(hash).length === 0 ? null : infoOf(store, thread, hash);
}

/** What passing a message on goes by. */
export async function threadBond(store: Store, thread: ThreadKey): Promise<ThreadBond | null> {
  const hash = await readThread(store, thread);
  const parked = parkedOf(hash).map(({ requestId }) => requestId);
  const meta = hash.sessionId ? await readMeta(store, hash.sessionId) : null;
  if (!meta && parked.length === 0) return null;
  const { posts } = stateOf(hash);
  const menu = parked.map(requestId => posts[`menu:${requestId}`]).find(Boolean) ?? null;
  return { sessionId: meta?.id ?? null, state: meta?.state ?? null, parked, menu };
}

async function infoOf(store: Store, thread: ThreadKey, hash: Hash): Promise<ThreadInfo> {
  const meta = hash.sessionId ? await readMeta(store, hash.sessionId) : null;
  const touched = await store.zscore(indexKey(thread.provider, workspaceOf(thread)), thread.id);
  return {
    thread,
    session: meta ? toSession(meta) : null,
    state: stateOf(hash),
    parked: parkedOf(hash).map(prompt => ParkedPrompt.parse(prompt)),
    touchedAt: new Date(Number(touched ?? 0)).toISOString(),
  };
}

const stateOf = (hash: Hash) => RelayState.parse(JSON.parse(hash.state ?? '{}'));

/** In the order in which they came. */
export const parkedOf = (hash: Hash): StoredParked[] =>
  Object.entries(hash)
    .filter(([field]) => field.startsWith('parked:'))
    .map(([, text]) => Stored.parse(JSON.parse(text)))
    .toSorted((a, b) => a.n - b.n);

export async function parkPrompt(
  store: Store,
  thread: ThreadKey,
  prompt: Omit<StoredParked, 'n' | 'author'> & { onBehalfOf: OnBehalfOf },
): Promise<boolean> {
  const hash = await readThread(store, thread);
  if (hash.sessionId && (await readMeta(store, hash.sessionId))) return false;
  const key = threadKey(thread);
  const n = await store.hincrby(key, 'parkings', 1);
  const stored: StoredParked = { ...prompt, author: prompt.onBehalfOf.name, n };
  await store.hsetnx(key, parkedField(prompt.requestId), JSON.stringify(stored));
  await touchThread(store, thread);
  await noteNews(store, thread.provider, [thread.id]);
  return true;
}

export async function unpark(store: Store, thread: ThreadKey, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length > 0) await store.hdel(threadKey(thread), ...requestIds.map(parkedField));
}

/** Threads that show a session are not known any more: nothing that was said there of it stays. */
export async function forgetThreadsOf(store: Store, sessionId: string): Promise<void> {
  for (const thread of await threadsShowing(store, [sessionId])) {
    if ((await store.hget(threadKey(thread), 'sessionId')) === sessionId) {
      await store.zrem(indexKey(thread.provider, workspaceOf(thread)), thread.id);
      await leaveNews(store, thread);
      await store.del(threadKey(thread));
    }
  }
  await forgetShownIn(store, [sessionId]);
}

/** All threads of a workspace, newest first. */
export async function allThreads(
  store: Store,
  { provider, workspace, limit }: { provider: string; workspace: string; limit: number },
): Promise<ThreadInfo[]> {
  const ids = await store.zrevrange(indexKey(provider, workspace), 0, limit - 1);
  const found = await Promise.all(ids.map(id => threadInfo(store, { provider, id })));
  return found.filter(info => info !== null);
}

/**
 * Threads where something waits to be shown by somebody, those that wait longest first. Costs what lies in the set:
 * threads that turn out to have nothing to show leave it.
 */
export async function threadsWithNews(
  store: Store,
  { provider, workspace, limit }: { provider: string; workspace: string; limit: number },
): Promise<ThreadInfo[]> {
  const found: ThreadInfo[] = [];
  const nowMs = Date.now();
  for (let from = 0; from < mostNews && found.length < limit; ) {
    const page = await readNews(store, { provider, workspace, from, count: newsPage });
    const looked = await Promise.all(
      page.map(async news => {
        const thread = { provider, id: news.id };
        const hash = await readThread(store, thread);
        // Whoever holds it may die and leave it behind: it stays until somebody looks at it after that.
        if (isHeld(hash, nowMs)) return null;
        if (await isBehind(store, hash)) return infoOf(store, thread, hash);
        await dropNews(store, provider, news);
        return 'dropped' as const;
      }),
    );
    for (const each of looked) if (each && each !== 'dropped' && found.length < limit) found.push(each);
    if (page.length < newsPage) break;
    from += looked.filter(each => each !== 'dropped').length;
  }
  return found;
}

const isHeld = (hash: Hash, nowMs: number) => Boolean(hash.owner) && Number(hash.untilMs) > nowMs;

async function isBehind(store: Store, hash: Hash): Promise<boolean> {
  const state = stateOf(hash);
  if (state.closed) return false;
  if (!hash.sessionId) return parkedOf(hash).some(({ requestId }) => !state.posts[`menu:${requestId}`]);
  if (state.live || state.posting) return true;
  const last = await store.hget(sessionKey(hash.sessionId, part.meta), 'last');
  const known = last === null ? (await readMeta(store, hash.sessionId))?.last : last;
  return Number(known ?? 0) > state.seq;
}

/** Threads of a place (`workspace/channel`) where something was written lately, newest first. */
export async function threadsIn(
  store: Store,
  { provider, place }: { provider: string; place: string },
): Promise<ThreadKey[]> {
  const workspace = workspaceOf({ id: place });
  const ids = await store.zrevrange(indexKey(provider, workspace), 0, lookedThrough - 1);
  return ids.filter(id => id.startsWith(`${place}/`)).map(id => ({ provider, id }));
}

/** Nothing is relayed there any more. Answers how many threads that were. */
export async function forgetWorkspace(store: Store, provider: string, workspace: string): Promise<number> {
  const key = indexKey(provider, workspace);
  const ids = await store.zrevrange(key, 0, -1);
  for (const id of ids) {
    const sessionId = await store.hget(threadKey({ provider, id }), 'sessionId');
    if (sessionId) await forgetShownIn(store, [sessionId]);
    await store.del(threadKey({ provider, id }));
  }
  await store.del(key);
  await forgetNews(store, provider, workspace);
  return ids.length;
}

/** Threads of a workspace with the session of each, from a place of the list on. */
export async function sessionsOfThreads(
  store: Store,
  wanted: { provider: string; workspace: string; from: number; count: number },
): Promise<{ thread: ThreadKey; sessionId: string | null }[]> {
  const { provider, workspace, from, count } = wanted;
  const ids = await store.zrevrange(indexKey(provider, workspace), from, from + count - 1);
  return Promise.all(
    ids.map(async id => {
      const thread = { provider, id };
      return { thread, sessionId: await store.hget(threadKey(thread), 'sessionId') };
    }),
  );
}
