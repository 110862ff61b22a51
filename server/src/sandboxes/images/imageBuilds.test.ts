import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { buildQueue, startImageBuilds } from './imageBuilds.ts';
import { ImageRecords } from './imageRecords.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('first builds are not spread over the interval, and the one that a session waits for is next', async () => {
  const images = new ImageRecords(store.store);
  const repoIds = ['a', 'b', 'c', 'd', 'e', 'f'];
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  // Of a look at a repository its secrets' engine is asked for first; here it says which it is by its record.
  const engine = async () => {
    running.resolve();
    await first.promise;
    return failure('engine_down', 'There is none here.');
  };
  const sandboxes = { images, engine } as unknown as Sandboxes;
  const put = images.put.bind(images);
  images.put = async (repoId, entry) => {
    order.push(repoId);
    await put(repoId, entry);
  };
  const builds = await startImageBuilds({
    store: store.connect(),
    blocking: store.connect(),
    sandboxes,
    everyMs: 3_600_000,
    atOnce: 1,
    log: pino({ level: 'silent' }),
    onLooked: () => {},
  });
  await builds.schedule(repoIds);
  await running.promise;
  await builds.hurry('f');
  first.resolve();
  while (new Set(order).size < repoIds.length) await sleep(20);
  // The first was running already.
  expect(order.slice(0, 3)).toContain('f');
  expect(order.toSorted().filter((id, i, all) => all[i - 1] !== id)).toEqual(repoIds);
  await drained();
  // One that failed is looked at by its schedule; sessions do not hurry it again.
  order.length = 0;
  await builds.hurry('f');
  await builds.refresh('a', 'person');
  while (!order.includes('a')) await sleep(20);
  expect(order).toEqual(['a']);
  await builds.close();
});

/** A schedule may have its first turn at once, beside the first build. */
async function drained(): Promise<void> {
  const queue = new Queue(buildQueue, { connection: store.connect(), prefix: 'dh:bull' });
  while ((await queue.getJobCountByTypes('active', 'waiting', 'prioritized')) > 0) await sleep(20);
  await queue.close();
}
