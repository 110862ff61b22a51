import { knownEvent } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newSession, openTestStore } from '../../test/helpers/testStore.ts';
import { egressLines, noteEgress } from './egressRecords.ts';
import { readAfter } from './log/log.ts';
import type { Store } from './store/store.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const heard = (host: string, outcome: 'allowed' | 'refused', count = 1) => ({
  host,
  port: 443,
  outcome,
  count,
  sandboxId: 'sbx_test',
  atMs: Date.now(),
});

async function told(sessionId: string) {
  const { events } = await readAfter(store, sessionId, { after: 0, limit: 900 });
  return events
    .map(knownEvent)
    .flatMap(event => (event?.type === 'egress.noted' ? [event.data] : []))
    .map(({ host, outcome, count }) => [host, outcome, count]);
}

test('the log has all of it; the session is told of the first and of each tenfold', async () => {
  const sessionId = await newSession(store);
  for (let i = 0; i < 12; i++)
    await noteEgress(store, sessionId, [heard('a.example', 'refused')], { allowed: true });
  await noteEgress(store, sessionId, [heard('a.example', 'allowed', 3)], { allowed: true });
  await noteEgress(store, sessionId, [heard('b.example', 'allowed')], { allowed: false });
  expect(await told(sessionId)).toEqual([
    ['a.example', 'refused', 1],
    ['a.example', 'refused', 10],
    ['a.example', 'allowed', 3],
  ]);
  expect(await egressLines(store, sessionId)).toHaveLength(14);
});

test('a flood of hosts is bounded in the session, and said to be more', async () => {
  const sessionId = await newSession(store);
  const flood = Array.from({ length: 200 }, (_, i) => heard(`h${i}.example`, 'refused'));
  await noteEgress(store, sessionId, flood, { allowed: true });
  const all = await told(sessionId);
  expect(all.length).toBeLessThan(65);
  expect(all.at(-1)).toEqual(['*', 'refused', 100]);
});
