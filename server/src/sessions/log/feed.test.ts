import type { Envelope, Frame } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { systemActor } from '../run/turnWriter.ts';
import { commit } from '../store/commit.ts';
import { busChannel } from '../store/keys.ts';
import { type Feed, Feeds } from './feed.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let feeds: Feeds;
beforeAll(async () => {
  opened = await openTestStore();
  feeds = new Feeds(opened.store, opened.connect());
});
afterAll(async () => {
  await feeds.close();
  await opened.close();
});

const write = (sessionId: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      commit(opened.store, sessionId, {
        checks: [],
        events: [{ type: 'notice', actor: systemActor, data: { level: 'info', text: String(i) } }],
      }),
    ),
  );

/** Collects until an event with this seq came. */
function collect(feed: Feed, until: number) {
  const events: Envelope[] = [];
  const frames: Frame[] = [];
  const done = Promise.withResolvers<void>();
  feed.add({
    event: event => {
      events.push(event);
      if (event.seq === until) done.resolve();
    },
    frame: frame => void frames.push(frame),
  });
  return { events, frames, done: done.promise };
}

/** Writes the second event of a session without a publication, as if the connection had lost it. */
async function loseLast(sessionId: string): Promise<void> {
  const data = { level: 'info', text: 'lost' };
  const lost = JSON.stringify({ sessionId, type: 'notice', actor: systemActor, data });
  await opened.store.xadd(`dh:{${sessionId}}:log`, '2-0', 'at', '0', 'e', lost);
  await opened.store.hset(`dh:{${sessionId}}:meta`, 'last', 2);
}

const seqs = (events: Envelope[]) => events.map(event => event.seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('every event once and in order, also those written while the feed opens', async () => {
  const id = await newSession(opened.store);
  const writing = write(id, 100);
  const { feed, release } = await feeds.watch(id);
  const from = feed.cursor + 1;
  const seen = collect(feed, 151);
  await writing;
  await write(id, 50);
  await seen.done;
  expect(seqs(seen.events)).toEqual(range(from, 151));
  expect(feed.head.last).toBe(151);
  release();
});

test('a publication that is lost is found, and what comes after it waits for it', async () => {
  const id = await newSession(opened.store);
  const { feed, release } = await feeds.watch(id);
  const seen = collect(feed, 6);
  await loseLast(id);
  await write(id, 4);
  await seen.done;
  expect(seqs(seen.events)).toEqual([2, 3, 4, 5, 6]);
  release();
});

test('a lost last message is found without another one coming', async () => {
  const id = await newSession(opened.store);
  const { feed, release } = await feeds.watch(id);
  const seen = collect(feed, 2);
  await loseLast(id);
  await seen.done;
  expect(seqs(seen.events)).toEqual([2]);
  release();
});

test('a session whose feed never opens keeps nobody from what was lost of another', async () => {
  const subscriber = opened.connect();
  const stuck = busChannel('ses_stuck');
  const subscribe = subscriber.subscribe.bind(subscriber);
  subscriber.subscribe = ((channel: string) =>
    channel === stuck ? new Promise(() => {}) : subscribe(channel)) as typeof subscriber.subscribe;
  const others = new Feeds(opened.store, subscriber);
  void others.watch('ses_stuck');
  const id = await newSession(opened.store);
  const { feed, release } = await others.watch(id);
  const seen = collect(feed, 2);
  await loseLast(id);
  await seen.done;
  expect(seqs(seen.events)).toEqual([2]);
  release();
  await others.close();
});

test('rubbish on the channel changes nothing', async () => {
  const id = await newSession(opened.store);
  const { feed, release } = await feeds.watch(id);
  const seen = collect(feed, 2);
  for (const rubbish of ['', 'e', 'e x y z', 'f {', 'f {"a":1}', 'q'])
    await opened.store.publish(busChannel(id), rubbish);
  await write(id, 1);
  await seen.done;
  expect(seqs(seen.events)).toEqual([2]);
  expect(seen.frames).toEqual([]);
  release();
});
