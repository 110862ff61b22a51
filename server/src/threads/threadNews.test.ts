import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, newSession, openTestStore, prompt } from '../../test/helpers/testStore.ts';
import { createAs } from '../sessions/create.ts';
import { appendPrompt } from '../sessions/queue/inbox.ts';
import type { Store } from '../sessions/store/store.ts';
import { noteNews } from './newsSet.ts';
import { makeSession } from './openThread.ts';
import { noteRelay, takeRelay, threadKey } from './relayLease.ts';
import { ThreadNews } from './threadNews.ts';
import { parkPrompt, threadsWithNews, touchThread } from './threads.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
let news: ThreadNews | null = null;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());
afterEach(async () => {
  await stopServer();
  await store.flushall();
});

let subscriber: Store;
function startServer(): ThreadNews {
  subscriber = opened.connect();
  news = new ThreadNews({
    store,
    subscriber,
    clock: Date.now,
    onError: error => {
      throw error;
    },
  });
  return news;
}
async function stopServer(): Promise<void> {
  await news?.close();
  if (news) subscriber.disconnect();
  news = null;
}

const threadAt = (n: number) => ({ provider: 'slack', id: `T1/C1/${n}.000100` });
const where = { provider: 'slack', workspace: 'T1', limit: 300 };

/** What a bot sees that asks for threads to show. */
async function look(server: ThreadNews): Promise<string[]> {
  await server.complete(where.provider, where.workspace);
  return (await threadsWithNews(store, where)).map(({ thread }) => thread.id);
}

async function lookUntil(server: ThreadNews, ids: string[]): Promise<void> {
  let seen = await look(server);
  while (JSON.stringify(seen) !== JSON.stringify(ids)) {
    await new Promise(resolve => setTimeout(resolve, 20));
    seen = await look(server);
  }
}

async function linked(n: number): Promise<string> {
  const asked = prompt('hello');
  const { author, actor } = asked;
  const first = {
    requestId: asked.requestId,
    text: 'hello',
    files: [],
    writtenBy: 'slack:T1/U1',
    acting: { author, actor, whose: null },
  };
  const made = await makeSession(store, threadAt(n), first as never, {
    orgId: 'default',
    repo: 'sample',
    origin: 'slack',
  });
  if (!made.ok) throw new Error(made.message);
  return made.sessionId;
}

/** A bot takes the thread, shows everything, and gives it back. */
async function show(n: number, sessionId: string, { dies = false, ttlMs = 10_000, posting = false } = {}) {
  const lease = { thread: threadAt(n), owner: 'bot', ttlMs };
  const fence = await takeRelay(store, lease);
  if (fence === null) throw new Error('another holds it');
  await noteNews(store, 'slack', [threadAt(n).id]);
  const last = Number(await store.hget(`dh:{${sessionId}}:meta`, 'last'));
  const state = JSON.stringify({ seq: last, ...(posting ? { posting: 'end:1' } : {}) });
  await noteRelay(store, { ...lease, ttlMs: dies ? ttlMs : 0, fence, state });
}

async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  await store.config('RESETSTAT');
  await work();
  const stats = await store.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)];
  return calls
    .filter(([, name]) => !['info', 'config|resetstat', 'client|setinfo'].includes(name ?? ''))
    .reduce((sum, [, , n]) => sum + Number(n), 0);
}

test('a workspace with a thousand threads where nothing happens costs one command a look', async () => {
  const sessionId = await newSession(store);
  const last = Number(await store.hget(`dh:{${sessionId}}:meta`, 'last'));
  for (let n = 1; n <= 1000; n++) {
    await touchThread(store, threadAt(n));
    await store.hset(threadKey(threadAt(n)), 'sessionId', sessionId, 'state', JSON.stringify({ seq: last }));
  }
  const server = startServer();
  // The first look after a start sweeps once; what it finds settled it does not look at again.
  while ((await store.get('dh:{thread-news:slack:T1}:n')) === null) await look(server);
  await lookUntil(server, []);
  expect(await commandsOf(() => look(server))).toBe(1);
});

test('what happens in a session brings its thread up, once, until it is shown', async () => {
  const sessionId = await linked(1);
  const server = startServer();
  await lookUntil(server, [threadAt(1).id]);
  await show(1, sessionId);
  await lookUntil(server, []);
  await appendPrompt(store, sessionId, prompt('more'));
  await lookUntil(server, [threadAt(1).id]);
  expect(await look(server)).toEqual([threadAt(1).id]);
});

test('what happens while no server hears it is found by the next', async () => {
  const sessionId = await linked(1);
  const server = startServer();
  await lookUntil(server, [threadAt(1).id]);
  await show(1, sessionId);
  await lookUntil(server, []);
  await stopServer();
  await appendPrompt(store, sessionId, prompt('into the dark'));
  await lookUntil(startServer(), [threadAt(1).id]);
});

test('what happens while the subscription is cut is found when it is back', async () => {
  const sessionId = await linked(1);
  const server = startServer();
  await lookUntil(server, [threadAt(1).id]);
  await show(1, sessionId);
  await lookUntil(server, []);
  const back = new Promise(resolve => subscriber.once('ready', resolve));
  await store.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await appendPrompt(store, sessionId, prompt('meanwhile'));
  await back;
  await lookUntil(server, [threadAt(1).id]);
});

test('a bot that dies while it shows a thread leaves it to be found when its time is over', async () => {
  const sessionId = await linked(1);
  const server = startServer();
  await lookUntil(server, [threadAt(1).id]);
  await show(1, sessionId);
  await lookUntil(server, []);
  await show(1, sessionId, { dies: true, ttlMs: 300, posting: true });
  expect(await look(server)).toEqual([]);
  await lookUntil(server, [threadAt(1).id]);
});

test('what comes between a look and its end is not lost', async () => {
  const sessionId = await linked(1);
  const server = startServer();
  await lookUntil(server, [threadAt(1).id]);
  await show(1, sessionId);
  for (let round = 0; round < 20; round++) {
    await Promise.all([look(server), appendPrompt(store, sessionId, prompt(`round ${round}`)), look(server)]);
    await lookUntil(server, [threadAt(1).id]);
    await show(1, sessionId);
  }
});

test('a prompt that waits for its repository brings its thread up', async () => {
  const server = startServer();
  const onBehalfOf = { provider: 'slack', id: 'T1/U1', name: 'Ana' };
  await parkPrompt(store, threadAt(2), {
    requestId: 'r1',
    text: 'x',
    attachments: [],
    choices: [],
    onBehalfOf,
  });
  await lookUntil(server, [threadAt(2).id]);
});

test('a session of a thread that nobody shows there any more brings nothing up', async () => {
  const server = startServer();
  await lookUntil(server, []);
  const sessionId = await newSession(store);
  const made = await createAs(store, sessionId, {
    orgId: 'default',
    author: ana,
    actor: actorOf(ana),
    repo: 'sample',
    title: 'x',
    origin: 'api',
  });
  expect(made.ok).toBe(true);
  await appendPrompt(store, sessionId, prompt('elsewhere'));
  expect(await look(server)).toEqual([]);
});
