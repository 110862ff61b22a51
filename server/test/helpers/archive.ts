import { newId, noUsage } from '@deckhand/shared';
import { appendPrompt, headPrompts } from '../../src/sessions/queue/inbox.ts';
import { takeLease } from '../../src/sessions/run/lease.ts';
import { agentActor, TurnWriter } from '../../src/sessions/run/turnWriter.ts';
import { commit } from '../../src/sessions/store/commit.ts';
import { orgKeys, part, sessionKey, sessionPrefix } from '../../src/sessions/store/keys.ts';
import { type Run, readMeta } from '../../src/sessions/store/meta.ts';
import type { Store } from '../../src/sessions/store/store.ts';
import { ana, newSession, prompt } from './testStore.ts';

export const dayMs = 24 * 3600_000;
/** As if a day had passed. */
export const tomorrow = () => Date.now() + dayMs;
export const quiet = { warn() {}, info() {} } as never;

/** A session that had one whole turn and idles. */
export async function idleSession(store: Store): Promise<string> {
  const sessionId = await newSession(store);
  await wholeTurn(store, sessionId, 'first');
  return sessionId;
}

/** The prompts that wait and a turn on them, as a worker would begin it. */
export async function runOf(store: Store, sessionId: string) {
  const prompts = await headPrompts(store, sessionId);
  const run: Run = {
    turnId: newId('turn'),
    promptIds: prompts.map(({ promptId }) => promptId),
    author: ana,
    title: 'Do it',
    model: 'test',
    startedAtMs: Date.now(),
    deadlineAtMs: Date.now() + 60_000,
    tokenBudget: 1000,
    steps: 0,
    usage: noUsage,
    pending: [],
    touched: false,
  };
  return { prompts, run };
}

/** A session in the middle of a turn. */
export async function startedTurn(store: Store, sessionId?: string, requestId?: string) {
  const id = sessionId ?? (await newSession(store));
  await appendPrompt(store, id, prompt('Do it', ana, requestId));
  const lease = await takeLease(store, id, 'worker');
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, id, lease.fence);
  const { prompts, run } = await runOf(store, id);
  await writer.startTurn(prompts, run, { messages: [{ role: 'user', content: 'Do it' }] });
  return { sessionId: id, lease, writer, run };
}

/** A prompt and the turn that answers it. */
export async function wholeTurn(store: Store, sessionId: string, requestId: string): Promise<void> {
  const { lease, writer, run } = await startedTurn(store, sessionId, requestId);
  await writer.advance(run, {
    events: [
      { type: 'message.done', actor: agentActor, data: { messageId: newId('message'), text: 'Done.' } },
    ],
    messages: [{ role: 'assistant', content: 'Done.' }],
  });
  await writer.recordArtifact('art_000001', JSON.stringify({ artifactId: 'art_000001', name: 'a.txt' }), []);
  await writer.finishTurn(run, { outcome: 'done', usage: noUsage });
  await lease.release();
}

/** Another event, as any door might append. */
export const note = (store: Store, sessionId: string, text: string) =>
  commit(store, sessionId, {
    checks: [],
    events: [{ type: 'notice', actor: { kind: 'system' }, data: { level: 'info', text } }],
  });

/** Every key of a session as Redis holds it, times to live included. */
export async function keysOf(store: Store, sessionId: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const key of (await store.keys(`*${sessionId}*`)).toSorted()) {
    const type = await store.type(key);
    const read: Record<string, () => Promise<unknown>> = {
      hash: () => store.hgetall(key),
      list: () => store.lrange(key, 0, -1),
      string: () => store.get(key),
      set: async () => (await store.smembers(key)).toSorted(),
      zset: () => store.zrange(key, '0', '-1', 'WITHSCORES'),
      stream: async () =>
        (await store.xrange(key, '-', '+')).map(([id, [at, ms, e, json]]) => [
          id,
          at,
          ms,
          e,
          JSON.parse(json ?? ''),
        ]),
    };
    found.set(key.slice(sessionPrefix(sessionId).length), {
      type,
      ttl: await store.ttl(key),
      value: await read[type]?.(),
    });
  }
  return found;
}

/** The same but for what a restore leaves: the name of the blob it came from. */
export async function lastingKeys(store: Store, sessionId: string): Promise<Map<string, unknown>> {
  const keys = await keysOf(store, sessionId);
  const meta = keys.get(part.meta) as { value: Record<string, string> } | undefined;
  delete meta?.value.archive;
  return keys;
}

export const isCold = async (store: Store, sessionId: string) =>
  (await store.exists(sessionKey(sessionId, part.home))) === 1;

export async function lastOf(store: Store, sessionId: string): Promise<number> {
  return (await readMeta(store, sessionId))?.last ?? 0;
}

export const indexed = async (store: Store, sessionId: string) =>
  (await store.zscore(orgKeys.hot, sessionId)) !== null;

export async function archiveBlobs(store: Store): Promise<string[]> {
  return (await Array.fromAsync(store.archives.blobs.list('archives'))).map(({ key }) => key);
}
