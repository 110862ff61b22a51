import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { part, sessionKey } from '../store/keys.ts';
import { Feeds } from './feed.ts';
import { isWatched, noteWatched } from './viewers.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

test('a session is watched while somebody follows it, on any node, and for a moment after; a look is no watching', async () => {
  const { store } = opened;
  const [followed, looked] = [await newSession(store), await newSession(store)];
  const feeds = new Feeds(store, opened.connect());
  const { feed, release } = await feeds.watch(followed);
  const remove = feed.add({ event() {}, frame() {} });
  const { release: look } = await feeds.watch(looked);
  const elsewhere = opened.connect();
  while (!(await isWatched(elsewhere, followed))) await new Promise(resolve => setTimeout(resolve, 50));
  expect(await isWatched(elsewhere, looked)).toBe(false);
  // Its own time to live ends it where the node does not.
  expect(await store.pttl(sessionKey(followed, part.viewers))).toBeGreaterThan(0);
  remove();
  release();
  look();
  await feeds.close();
});

test('a page that is still open leaves nothing of a session that was erased', async () => {
  const { store } = opened;
  const erased = await newSession(store);
  await noteWatched(store, [erased]);
  expect(await isWatched(store, erased)).toBe(true);
  for (const key of await store.keys(`*${erased}*`)) await store.unlink(key);
  await noteWatched(store, [erased]);
  expect(await store.keys(`*${erased}*`)).toEqual([]);
});
