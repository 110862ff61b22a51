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
import { threadKey } from './relayLease.ts';

/** A parked prompt with what it takes to send it later. */
const Stored = ParkedPrompt.extend({ n: z.number(), attachments: z.array(z.string()) });
export type StoredParked = z.infer<typeof Stored>;

/** hash: sessionId, owner, untilMs and fence of the relay, state (JSON), parked:<requestId> (JSON) */
type Hash = Record<string, string>;

const parkedField = (requestId: string) => `parked:${requestId}`;
const indexKey = (provider: string, workspace: string) => `dh:threads:${provider}:${workspace}`;
export const workspaceOf = ({ id }: ThreadKey) => id.split('/')[0] ?? '';

/** Older threads are found when somebody writes there, and not looked through for news. */
const lookedThrough = 1000;

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
  return true;
}

export async function unpark(store: Store, thread: ThreadKey, requestIds: readonly string[]): Promise<void> {
  if (requestIds.length > 0) await store.hdel(threadKey(thread), ...requestIds.map(parkedField));
}

/** Threads of a workspace, newest first; unless `all`, only those where something waits to be shown by somebody. */
export async function listThreads(
  store: Store,
  wanted: { provider: string; workspace: string; all: boolean; limit: number },
): Promise<ThreadInfo[]> {
  const { provider, workspace, all, limit } = wanted;
  const ids = await store.zrevrange(indexKey(provider, workspace), 0, all ? limit - 1 : lookedThrough - 1);
  const found: ThreadInfo[] = [];
  const nowMs = Date.now();
  const hashes = await Promise.all(ids.map(id => readThread(store, { provider, id })));
  for (const [i, id] of ids.entries()) {
    const hash = hashes[i];
    if (!hash || found.length >= limit) break;
    if (all || (await isBehind(store, hash, nowMs))) found.push(await infoOf(store, { provider, id }, hash));
  }
  return found;
}

async function isBehind(store: Store, hash: Hash, nowMs: number): Promise<boolean> {
  if (hash.owner && Number(hash.untilMs) > nowMs) return false;
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
  const workspace = workspaceOf({ provider, id: place });
  const ids = await store.zrevrange(indexKey(provider, workspace), 0, lookedThrough - 1);
  return ids.filter(id => id.startsWith(`${place}/`)).map(id => ({ provider, id }));
}

/** Nothing is relayed there any more. Answers how many threads that were. */
export async function forgetWorkspace(store: Store, provider: string, workspace: string): Promise<number> {
  const key = indexKey(provider, workspace);
  const ids = await store.zrevrange(key, 0, -1);
  for (const id of ids) await store.del(threadKey({ provider, id }));
  await store.del(key);
  return ids.length;
}
