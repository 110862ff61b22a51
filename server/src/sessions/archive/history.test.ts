import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { idleSession, tomorrow, wholeTurn } from '../../../test/helpers/archive.ts';
import { actorOf, ana, openTestStore } from '../../../test/helpers/testStore.ts';
import { forkSession } from '../history/fork.ts';
import { rewindSession } from '../history/rewind.ts';
import { readAll } from '../log/log.ts';
import { readTurns } from '../run/turnRecords.ts';
import { part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
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
