import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redisProxy } from '../../../test/helpers/redisProxy.ts';
import { newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { Feeds } from '../../sessions/log/feed.ts';
import { sessionLogs } from '../../sessions/log/logs.ts';
import { systemActor } from '../../sessions/run/turnWriter.ts';
import { commit } from '../../sessions/store/commit.ts';
import type { Store } from '../../sessions/store/store.ts';
import { stream } from './follow.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

/** The stream behind a real HTTP server, on feeds that a test may hold up. */
async function served({ feeds, store }: { feeds: unknown; store: Store }, sessionId: string) {
  const visible = { recheckMs: 60_000 };
  const metrics = { slowViewers: { inc() {} } };
  const server = createServer((request, response) => {
    const all = {
      logs: sessionLogs(store, feeds as Feeds),
      visible,
      metrics,
      tokens: null,
      closing: new AbortController().signal,
    };
    stream(all as never, { request, response } as never, { sessionId, after: 0 }).catch(() =>
      response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/` };
}

test('a viewer who leaves while the feed is opened leaves nothing behind', async () => {
  const sessionId = await newSession(opened.store);
  const asked = Promise.withResolvers<void>();
  const opening = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let sinks = 0;
  const feed = { cursor: 0, add: () => ++sinks };
  const feeds = {
    async watch() {
      asked.resolve();
      await opening.promise;
      return { feed, release: released.resolve };
    },
  };
  const { server, url } = await served({ feeds, store: opened.store }, sessionId);
  const closed = new Promise<void>(resolve =>
    server.on('connection', socket => socket.on('close', () => resolve())),
  );
  const request = get(url);
  request.on('error', () => {});
  await asked.promise;
  request.destroy();
  await closed;
  opening.resolve();
  await released.promise;
  expect(sinks).toBe(0);
  server.close();
});

test('the past is read no faster than the reader takes it, and whole', async () => {
  const sessionId = await newSession(opened.store);
  const text = 'x'.repeat(16 * 1024);
  const notice = { type: 'notice' as const, actor: systemActor, data: { level: 'info' as const, text } };
  for (let i = 0; i < 250; i++)
    await commit(opened.store, sessionId, { checks: [], events: Array.from({ length: 10 }, () => notice) });
  const proxy = await redisProxy(opened.url);
  const store = opened.connect(proxy.url);
  const feeds = new Feeds(opened.store, opened.connect());
  const { server, url } = await served({ feeds, store }, sessionId);
  const request = get(url);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  // It stands still once the buffers on the way are full.
  for (let seen = -1; seen !== proxy.answeredBytes; ) {
    seen = proxy.answeredBytes;
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  expect(proxy.answeredBytes).toBeLessThan(24 * 1024 * 1024);
  let tail = '';
  const all = Promise.withResolvers<void>();
  response.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-40_000);
    if (tail.includes('"seq":2501,')) all.resolve();
  });
  response.resume();
  await all.promise;
  request.destroy();
  await feeds.close();
  server.close();
  store.disconnect();
  await proxy.close();
});
