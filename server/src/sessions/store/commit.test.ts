import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runOf, startedTurn } from '../../../test/helpers/archive.ts';
import { type RedisProxy, redisProxy } from '../../../test/helpers/redisProxy.ts';
import { actorOf, ana, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { createSession } from '../create.ts';
import { readAfter } from '../log/log.ts';
import { appendPrompt, cancelPrompt } from '../queue/inbox.ts';
import { takeLease } from '../run/lease.ts';
import { agentActor, TurnWriter } from '../run/turnWriter.ts';
import { commit } from './commit.ts';
import { part, sessionKey } from './keys.ts';
import { readMeta } from './meta.ts';
import { rememberedCommits } from './scripts.lua.ts';
import type { Store } from './store.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let proxy: RedisProxy;
/** Its wire to Redis breaks where a test says so. */
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  proxy = await redisProxy(opened.url);
  store = opened.connect(proxy.url);
});
afterAll(async () => {
  store.disconnect();
  await proxy.close();
  await opened.close();
});

const eventsOf = async (sessionId: string) =>
  (await readAfter(opened.store, sessionId, { after: 0, limit: 1000 })).events;
const typesOf = async (sessionId: string) => (await eventsOf(sessionId)).map(({ type }) => type);

test('a turn commit whose answer is lost is sent again: one event, one message, the same answer', async () => {
  const { sessionId, writer, run } = await startedTurn(store);
  const messageId = newId('message');
  const cut = proxy.cutAnswerOf(messageId);
  await writer.advance(run, {
    events: [{ type: 'message.done', actor: agentActor, data: { messageId, text: 'Done.' } }],
    messages: [{ role: 'assistant', content: 'Done.' }],
  });
  await cut;
  const log = await eventsOf(sessionId);
  expect(log.filter(({ type }) => type === 'message.done')).toHaveLength(1);
  expect((await readMeta(store, sessionId))?.last).toBe(log.length);
  const { entries } = await writer.context();
  expect(entries.filter(({ message }) => message.role === 'assistant')).toHaveLength(1);
});

test('the start of a turn and its end are answered as they were, though they could not happen twice', async () => {
  const sessionId = await newSession(store);
  await appendPrompt(store, sessionId, prompt('Do it'));
  const leaseCut = proxy.cutAnswerOf('worker-that-asks-again');
  const lease = await takeLease(store, sessionId, 'worker-that-asks-again');
  await leaseCut;
  expect(lease?.fence).toBe(1);
  const writer = new TurnWriter(store, sessionId, lease?.fence ?? 0);
  const { run, prompts } = await runOf(store, sessionId);
  const startCut = proxy.cutAnswerOf('turn.started');
  expect(await writer.startTurn(prompts, run, { messages: [{ role: 'user', content: 'Do it' }] })).toBe(true);
  await startCut;
  const endCut = proxy.cutAnswerOf('turn.finished');
  expect(await writer.finishTurn(run, { outcome: 'done', usage: run.usage })).toBe('done');
  await endCut;
  await lease?.release();
  expect(await typesOf(sessionId)).toEqual([
    'session.created',
    'prompt.queued',
    'turn.started',
    'session.state',
    'turn.finished',
    'session.state',
  ]);
  expect(await writer.context()).toHaveLength(1);
});

test('creating a session, a prompt and its cancelling are done once and answered once', async () => {
  const requestId = crypto.randomUUID();
  const text = `only ${requestId}`;
  const createCut = proxy.cutAnswerOf('session.created');
  const created = await createSession(store, {
    requestId,
    orgId: 'default',
    author: ana,
    actor: actorOf(ana),
    repo: 'sample',
    origin: 'api',
  });
  await createCut;
  if (!created.ok) throw new Error(created.message);
  const { sessionId } = created;
  const promptCut = proxy.cutAnswerOf(text);
  const queued = await appendPrompt(store, sessionId, prompt(text));
  await promptCut;
  if (!queued.ok) throw new Error(queued.message);
  expect(queued.position).toBe(1);
  const cancelCut = proxy.cutAnswerOf('prompt.cancelled');
  const { promptId } = queued;
  expect(await cancelPrompt(store, sessionId, { promptId, actor: actorOf(ana) })).toEqual({ ok: true });
  await cancelCut;
  expect(await typesOf(sessionId)).toEqual(['session.created', 'prompt.queued', 'prompt.cancelled']);
});

test('a Redis that became a replica refuses to write; the commit waits for the failover and is done once', async () => {
  const sessionId = await newSession(store);
  await opened.store.replicaof('127.0.0.1', 1);
  const done = appendPrompt(store, sessionId, prompt('While it fails over'));
  const early = await Promise.race([done, new Promise(resolve => setTimeout(resolve, 300, 'waits'))]);
  expect(early).toBe('waits');
  await opened.store.replicaof('NO', 'ONE');
  expect(await done).toMatchObject({ ok: true });
  expect(await typesOf(sessionId)).toEqual(['session.created', 'prompt.queued']);
});

test('a session remembers its newest commits, and no more', async () => {
  const sessionId = await newSession(opened.store);
  for (let i = 0; i < rememberedCommits + 10; i++)
    await commit(opened.store, sessionId, { checks: [], ops: [['HSET', part.picks, String(i), 'x']] });
  expect(await opened.store.llen(sessionKey(sessionId, part.commits))).toBe(2 * rememberedCommits);
  expect(await opened.store.ttl(sessionKey(sessionId, part.commits))).toBe(-1);
});
