import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { forkSession } from '../fork.ts';
import { part, sessionKey } from '../keys.ts';
import { readAll } from '../log.ts';
import { readMeta } from '../meta.ts';
import { rewindSession } from '../rewind.ts';
import type { Store } from '../store.ts';
import { actorOf, ana, openTestStore } from '../testStore.fixture.ts';
import { readTurns } from '../turnRecords.ts';
import { idleSession, tomorrow, wholeTurn } from './archive.fixture.ts';
import { hibernateSession } from './hibernate.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());

async function twoTurnsAgo() {
  const id = await idleSession(store);
  await wholeTurn(store, id, 'second');
  const turns = await readTurns(store, id);
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  const [first] = await readTurns(store, id);
  expect(turns[0]).toEqual(first);
  const meta = await readMeta(store, id);
  if (!first || !meta) throw new Error('no turn');
  return { id, first, meta };
}

test('a fork of a hibernated session has its whole history up to there', async () => {
  const { id, first, meta } = await twoTurnsAgo();
  const forkId = newId('session');
  const forked = await forkSession(store, {
    forkId,
    source: meta,
    turn: first,
    requestId: 'r1',
    author: ana,
    actor: actorOf(ana),
    disk: null,
  });
  expect(forked).toMatchObject({ ok: true });
  const types = async (sessionId: string) =>
    (await Array.fromAsync(readAll(store, sessionId))).map(({ seq, type }) => `${seq} ${type}`);
  expect((await types(forkId)).slice(0, first.seq)).toEqual((await types(id)).slice(0, first.seq));
  expect(await store.lrange(sessionKey(forkId, part.context), 0, -1)).toHaveLength(first.contextLength);
});

test('a rewind of a hibernated session skips what came after, and nothing else', async () => {
  const { id, first } = await twoTurnsAgo();
  const rewound = await rewindSession(store, id, { turnId: first.turnId, actor: actorOf(ana), disk: null });
  expect(rewound).toMatchObject({ ok: true });
  const meta = await readMeta(store, id);
  expect(meta).toMatchObject({ turnHead: first.turnId, contextSkips: [[2, 4]] });
  expect(await store.llen(sessionKey(id, part.context))).toBe(4);
});
