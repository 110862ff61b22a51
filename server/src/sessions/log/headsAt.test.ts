import { applyToHead, emptyHead } from '@deckhand/shared/view';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RedisProxy, redisProxy } from '../../../test/helpers/redisProxy.ts';
import { newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { systemActor } from '../run/turnWriter.ts';
import { commit, type EventDraft } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { readDrafts } from './drafts.ts';
import { Feeds } from './feed.ts';
import { headAt, headsAt, headsKept } from './headsAt.ts';
import { readAll, readBefore } from './log.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let proxy: RedisProxy;
let counted: Store;
let feeds: Feeds;
beforeAll(async () => {
  opened = await openTestStore();
  proxy = await redisProxy(opened.url);
  counted = opened.connect(proxy.url);
  feeds = new Feeds(counted, opened.connect());
});
afterAll(async () => {
  await feeds.close();
  counted.disconnect();
  await proxy.close();
  await opened.close();
});

const said = (i: number, chars: number): EventDraft => ({
  type: 'notice',
  actor: systemActor,
  data: { level: 'info', text: `${i} ${'x'.repeat(chars)}` },
});

/** A session with a log of so many events, each with so many characters. */
async function sessionOf(events: number, chars: number): Promise<string> {
  const sessionId = await newSession(opened.store);
  const at = Math.max(1, Math.floor(50_000 / chars));
  for (let i = 1; i < events; i += at) {
    const drafts = Array.from({ length: Math.min(at, events - i) }, (_, n) => said(i + n, chars));
    await commit(opened.store, sessionId, { checks: [], events: drafts });
  }
  await headsKept();
  return sessionId;
}

async function joinBytes(sessionId: string, last: number): Promise<number> {
  const before = proxy.answeredBytes;
  const { feed, release } = await feeds.watch(sessionId);
  const page = await readBefore(counted, sessionId, { before: last + 1, limit: 200 });
  await readDrafts(counted, sessionId);
  expect(feed.head.last).toBe(last);
  expect(page.events.at(-1)?.seq).toBe(last);
  release();
  return proxy.answeredBytes - before;
}

test.each([
  ['10,000 events of an ordinary size', 10_000, 400],
  ['500 events of 16 KiB', 500, 16 * 1024],
])('joining %s reads under 1 MiB from Redis', async (_, events, chars) => {
  const sessionId = await sessionOf(events, chars);
  expect(await joinBytes(sessionId, events)).toBeLessThan(1024 * 1024);
});

test('a log without heads is folded once: who comes after reads little', async () => {
  const sessionId = await sessionOf(3_000, 400);
  await opened.store.del(sessionKey(sessionId, part.heads));
  await headAt(counted, sessionId, 3_000);
  expect(await joinBytes(sessionId, 3_000)).toBeLessThan(1024 * 1024);
});

test('a head from the nearest that is kept is the fold of the whole log, at every place', async () => {
  const sessionId = await sessionOf(1_500, 400);
  const places = [1, 2, 200, 777, 1_023, 1_499, 1_500];
  const wanted = [];
  let head = emptyHead;
  for await (const event of readAll(opened.store, sessionId)) {
    head = applyToHead(head, event);
    if (places.includes(event.seq)) wanted.push(head);
  }
  expect(await headsAt(opened.store, sessionId, places)).toEqual(wanted);
  expect(await opened.store.hlen(sessionKey(sessionId, part.heads))).toBeGreaterThan(5);
});
