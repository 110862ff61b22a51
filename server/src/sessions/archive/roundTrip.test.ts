import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { idleSession, isCold, lastingKeys, tomorrow } from '../../../test/helpers/archive.ts';
import { newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { headsKept } from '../log/headsAt.ts';
import { readAfter, readAll, readBefore } from '../log/log.ts';
import { commit } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { hibernateSession } from './hibernate.ts';
import { readField } from './hotOrCold.ts';
import { restoreSession } from './restore.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());

const text = fc.string({ unit: 'binary', maxLength: 200 });
const event = fc.record(
  {
    type: fc.string({ minLength: 1 }),
    turnId: text,
    agentId: text,
    data: fc.dictionary(text, fc.jsonValue()),
  },
  { requiredKeys: ['type', 'data'] },
);
const contents = fc.record({
  events: fc.array(event, { maxLength: 30 }),
  messages: fc.array(fc.dictionary(text, fc.jsonValue()), { maxLength: 10 }),
  hash: fc.dictionary(text, text, { maxKeys: 10 }),
  list: fc.array(text, { maxLength: 5 }),
});

test('whatever a session holds is read from its archive as from Redis, and comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async ({ events, messages, hash, list }) => {
      const id = await newSession(store);
      await commit(store, id, {
        checks: [],
        ops: [
          ...messages.map(
            message => ['RPUSH', part.context, JSON.stringify(message)] as [string, string, string],
          ),
          ...Object.entries(hash).map(
            ([field, value]) => ['HSET', part.artifacts, field, value] as [string, string, string, string],
          ),
          ...list.map(value => ['RPUSH', part.changes, value] as [string, string, string]),
        ],
        events: events.map(given => ({ actor: { kind: 'system' }, ...given }) as never),
      });
      const before = await lastingKeys(store, id);
      const look = async () => ({
        meta: { ...(await readMeta(store, id)), archive: null },
        all: await Array.fromAsync(readAll(store, id)),
        middle: await readAfter(store, id, { after: 3, limit: 4 }),
        newest: await readBefore(store, id, { before: events.length, limit: 5 }),
        fields: await Promise.all(
          Object.keys(hash).map(field => readField(store, id, part.artifacts, field)),
        ),
      });
      const hot = await look();
      expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
      expect(await isCold(store, id)).toBe(true);
      expect(await look()).toEqual(hot);
      await restoreSession(store, id);
      expect(await lastingKeys(store, id)).toEqual(before);
      expect(await look()).toEqual(hot);
    }),
    { numRuns: 40 },
  );
});

test('a log of many pages and events of the largest size come back whole, twice over', async () => {
  const id = await idleSession(store);
  const large = 'ü🙂'.repeat(80_000);
  for (let n = 0; n < 3; n++)
    await commit(store, id, {
      checks: [],
      events: Array.from({ length: 700 }, (_, i) => ({
        type: 'notice' as const,
        actor: { kind: 'system' as const },
        data: { level: 'info' as const, text: i % 350 === 0 ? large : `${n} ${i}` },
      })),
    });
  await headsKept();
  const before = await lastingKeys(store, id);
  for (let round = 0; round < 2; round++) {
    expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
    await restoreSession(store, id);
    expect(await lastingKeys(store, id)).toEqual(before);
  }
  expect(await store.xlen(sessionKey(id, part.log))).toBe((await readMeta(store, id))?.last);
});

test('what sleeps takes less than 1 KiB of Redis, its place in the list of sessions counted', async () => {
  const id = await idleSession(store);
  await commit(store, id, {
    checks: [],
    ops: [
      [
        'HSET',
        part.meta,
        'title',
        'Make the importer skip rows whose currency is not known, with a test, please…',
        'state',
        'asleep',
        'disk',
        'sleep-sbx_0123456789abcdef',
        'refSha',
        'a'.repeat(40),
        'baseSha',
        'b'.repeat(40),
        'branchState',
        JSON.stringify({
          k: 1,
          name: `deckhand/${id}-1`,
          pushedSha: 'a'.repeat(40),
          changeId: 'chg_01jabcdefghjkmnpqr',
        }),
      ],
    ],
  });
  const list = 'dh:org:default:sessions';
  const others = await store.memory('USAGE', list, 'SAMPLES', 0);
  const members = await store.zcard(list);
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  const keys = await store.keys(`*${id}*`);
  const sizes = await Promise.all(keys.map(key => store.memory('USAGE', key)));
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) + (others ?? 0) / members;
  expect(keys).toEqual([sessionKey(id, part.home)]);
  expect(bytes).toBeLessThan(1024);
  expect(bytes).toBeGreaterThan(100);
});
