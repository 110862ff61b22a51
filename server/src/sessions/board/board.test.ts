import type { BoardEntry } from '@deckhand/shared';
import { limits, newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tomorrow } from '../../../test/helpers/archive.ts';
import { actorOf, ana, newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { noting } from '../children/childRecord.ts';
import { createSession } from '../create.ts';
import { commit } from '../store/commit.ts';
import { orgKeys } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf } from '../transitions.ts';
import { readLines, removeLine, writeLine } from './board.ts';
import { expireBoard } from './expireBoard.ts';
import { shareUp } from './shareUp.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const line = (key: string, more: Partial<BoardEntry> = {}): BoardEntry => ({
  ...{ id: newId('board'), kind: 'fact', key, value: `About ${key}`, source: { actor: { kind: 'agent' } } },
  createdAt: new Date().toISOString(),
  ...more,
});
const write = (sessionId: string, entry: BoardEntry) =>
  writeLine(store, sessionId, { entry, actor: entry.source.actor });
const keys = async (sessionId: string) => (await readLines(store, sessionId)).map(({ key }) => key);

/** A session that another's agent began. */
async function childOf(parentId: string) {
  const created = await createSession(store, {
    ...{ requestId: crypto.randomUUID(), orgId: 'default', author: ana, actor: actorOf(ana) },
    ...{ repo: 'sample', origin: 'api', parent: { sessionId: parentId, depth: 1 } },
  });
  if (!created.ok) throw new Error(created.message);
  const childId = created.sessionId;
  const begun = { childId, repo: null, title: 'Part', turnId: null, lastEnded: null, boardSeq: 0 };
  const { op, event } = noting({ ...begun, state: 'works' });
  await commit(store, parentId, { checks: checksOf('board.noted'), ops: [op], events: [event] });
  const meta = await readMeta(store, childId);
  if (!meta) throw new Error('no child');
  return meta;
}

test('what a child writes goes up once, with where it comes from, and stays off when it was taken off', async () => {
  const parentId = await newSession(store);
  const child = await childOf(parentId);
  await write(child.id, line('port'));
  await Promise.all(Array.from({ length: 8 }, () => shareUp(store, child)));
  const [up, ...others] = await readLines(store, parentId);
  expect(others).toEqual([]);
  expect(up).toMatchObject({ key: 'port', source: { sessionId: child.id, seq: 2 } });
  const entryId = up?.id ?? '';
  expect(await removeLine(store, parentId, { entryId, actor: actorOf(ana) })).toEqual({ ok: true });
  await write(child.id, line('owner'));
  await shareUp(store, child);
  expect(await keys(parentId)).toEqual(['owner']);
  expect(await removeLine(store, parentId, { entryId, actor: actorOf(ana) })).toMatchObject({
    code: 'not_found',
  });
});

test('a full board takes no more; what did not fit goes up when there is room', async () => {
  const parentId = await newSession(store);
  const child = await childOf(parentId);
  for (let n = 0; n < limits.boardEntries - 1; n++) await write(parentId, line(`own ${n}`));
  await write(child.id, line('first'));
  await write(child.id, line('second'));
  await shareUp(store, child);
  expect((await keys(parentId)).slice(-1)).toEqual(['first']);
  expect(await write(parentId, line('more'))).toMatchObject({ code: 'queue_full' });
  expect(await write(parentId, line('own 3', { value: 'Anew' }))).toEqual({ ok: true });
  const [oldest] = await readLines(store, parentId);
  await removeLine(store, parentId, { entryId: oldest?.id ?? '', actor: actorOf(ana) });
  await shareUp(store, child);
  expect((await keys(parentId)).slice(-1)).toEqual(['second']);
});

test('a line whose time is over is taken off, also of a session that was hibernated since', async () => {
  const sessionId = await newSession(store);
  await write(sessionId, line('for good'));
  await write(sessionId, line('for a minute', { ttlMs: 60_000 }));
  expect(await hibernateSession(store, sessionId, tomorrow())).toBe('moved');
  await expireBoard(store, Date.now());
  expect(await keys(sessionId)).toEqual(['for good', 'for a minute']);
  await expireBoard(store, Date.now() + 61_000);
  expect(await keys(sessionId)).toEqual(['for good']);
  expect(await store.zcard(orgKeys.boardExpiry)).toBe(0);
});
