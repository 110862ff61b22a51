import { newId, noUsage } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tomorrow } from '../../../test/helpers/archive.ts';
import { actorOf, ana, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { createSession } from '../create.ts';
import { readAll } from '../log/log.ts';
import { appendPrompt, headPrompts } from '../queue/inbox.ts';
import { requestStop } from '../queue/stop.ts';
import { takeLease } from '../run/lease.ts';
import { isParked } from '../run/parking.ts';
import { TurnWriter } from '../run/turnWriter.ts';
import { orgKeys } from '../store/keys.ts';
import { type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { noting, readChild, readChildren } from './childRecord.ts';
import { sweepChildren } from './sweepChildren.ts';
import { indexChild, tellParent } from './tellParent.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

/** A turn that runs in this session, and whoever has it. */
async function running(
  sessionId: string,
): Promise<{ run: Run; writer: TurnWriter; end: () => Promise<void> }> {
  await appendPrompt(store, sessionId, prompt('Do it'));
  const lease = await takeLease(store, sessionId, crypto.randomUUID());
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, sessionId, lease.fence);
  const prompts = await headPrompts(store, sessionId);
  const run: Run = {
    turnId: newId('turn'),
    promptIds: prompts.map(({ promptId }) => promptId),
    ...{ author: ana, title: 'Do it', model: 'scripted', startedAtMs: Date.now() },
    ...{ deadlineAtMs: Date.now() + 60_000, tokenBudget: 1_000, steps: 1, usage: noUsage },
    ...{ pending: [], touched: false },
  };
  await writer.startTurn(prompts, run, { messages: [] });
  return { run, writer, end: () => lease.release() };
}

/** A session whose turn waits for children that it began, and nobody holds it. */
async function waitingParent(
  count: number,
  { any = false, untilMs = Date.now() + 60_000 } = {},
): Promise<{ id: string; run: Run; children: string[] }> {
  const id = await newSession(store);
  const { run, writer, end } = await running(id);
  const children: string[] = [];
  for (let n = 0; n < count; n++) {
    const created = await createSession(store, {
      ...{ requestId: crypto.randomUUID(), orgId: 'default', author: ana, actor: actorOf(ana) },
      ...{ repo: 'sample', origin: 'api', parent: { sessionId: id, depth: 1 } },
    });
    if (!created.ok) throw new Error(created.message);
    const childId = created.sessionId;
    children.push(childId);
    const begun = {
      childId,
      repo: 'sample',
      title: `Part ${n}`,
      state: 'works',
      turnId: null,
      lastEnded: null,
      boardSeq: 0,
    };
    const { op, event } = noting({ ...begun, state: 'works' });
    await writer.advance(run, { ops: [op], events: [event] });
  }
  const seen = new Map([...(await readChildren(store, id))].map(([child, { text }]) => [child, text]));
  const wait = { callId: 'cal_000001', childIds: children, any, untilMs };
  expect(await writer.waitFor(run, { wait, seen })).toBe('parked');
  await end();
  return { id, run, children };
}

/** A child's turn from its start to its end, of which nobody told its parent. */
async function workedUntold(childId: string): Promise<void> {
  await indexChild(store, childId);
  const { run, writer, end } = await running(childId);
  await writer.finishTurn(run, { outcome: 'done', usage: noUsage });
  await end();
}

const swept = async (nowMs = Date.now()) => {
  const woken: string[] = [];
  await sweepChildren({ store, wake: async id => void woken.push(id), clock: () => nowMs });
  return woken;
};
const typesOf = async (id: string) => {
  const types: string[] = [];
  for await (const { type } of readAll(store, id)) if (type.startsWith('child.')) types.push(type);
  return types;
};

test('an end that was not told is found by the sweep, told once, and ends the wait', async () => {
  const { id, children } = await waitingParent(2);
  expect((await readMeta(store, id))?.waitsForChildren).toBe(true);
  await workedUntold(children[0] ?? '');
  expect(await swept()).toEqual([]);
  expect((await readChild(store, id, children[0] ?? ''))?.record).toMatchObject({
    state: 'ended',
    end: { outcome: 'done' },
  });
  await workedUntold(children[1] ?? '');
  expect(await swept()).toEqual([id]);
  expect(await isParked(store, id)).toBe(false);
  expect(await swept()).toEqual([]);
  expect(await typesOf(id)).toEqual(['child.started', 'child.started', 'child.finished', 'child.finished']);
  expect(await store.zscore(orgKeys.waitingParents, id)).toBeNull();
});

test('a child that is about to get its first prompt has not ended; one that never gets it has, in a minute', async () => {
  const { id, children } = await waitingParent(1);
  await indexChild(store, children[0] ?? '');
  expect(await swept()).toEqual([]);
  expect(await typesOf(id)).toEqual(['child.started']);
  expect(await swept(Date.now() + 61_000)).toEqual([id]);
  expect((await readChild(store, id, children[0] ?? ''))?.record.end).toEqual({ outcome: 'stopped' });
});

test('one of several is enough where any was asked for; a time that is up ends it, too', async () => {
  const any = await waitingParent(2, { any: true });
  await workedUntold(any.children[1] ?? '');
  expect(await swept()).toEqual([any.id]);
  const late = await waitingParent(1, { untilMs: Date.now() + 5_000 });
  expect(await swept()).toEqual([]);
  expect(await swept(Date.now() + 6_000)).toEqual([late.id]);
});

test('many who tell the same at once tell it once; a turn that ended does not work again by a late word', async () => {
  const { id, children } = await waitingParent(1);
  const childId = children[0] ?? '';
  const place = { parentId: id, childId };
  await tellParent(store, place, { turnId: 'trn_1', state: 'works' });
  const ended = { turnId: 'trn_1', state: 'ended', end: { outcome: 'failed' } } as const;
  await Promise.all(Array.from({ length: 12 }, () => tellParent(store, place, ended)));
  await tellParent(store, place, { turnId: 'trn_1', state: 'blocked', why: 'late' });
  await tellParent(store, place, { turnId: 'trn_2', state: 'works' });
  await tellParent(store, place, ended);
  expect(await typesOf(id)).toEqual(['child.started', 'child.finished', 'child.started']);
  expect((await readChild(store, id, childId))?.record).toMatchObject({ state: 'works', turnId: 'trn_2' });
});

test('a parent that was hibernated while it waited hears of it and goes on', async () => {
  const { id, children } = await waitingParent(1);
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  await workedUntold(children[0] ?? '');
  expect(await swept()).toEqual([id]);
  const lease = await takeLease(store, id, crypto.randomUUID());
  const writer = new TurnWriter(store, id, lease?.fence ?? 0);
  const { turn } = await writer.run();
  if (!turn) throw new Error('no turn');
  const resumed = await writer.resume(turn);
  expect(resumed.waitsFor?.callId).toBe('cal_000001');
  expect(await readMeta(store, id)).toMatchObject({ state: 'running', waitsForChildren: false });
});

test('a stop ends a wait at once; what became of a child by then is told all the same', async () => {
  const { id, run, children } = await waitingParent(1);
  expect(await requestStop(store, id, undefined)).toEqual({ ok: true, turnId: run.turnId, goesOn: true });
  expect(await isParked(store, id)).toBe(false);
  await workedUntold(children[0] ?? '');
  expect(await swept()).toEqual([]);
  expect(await typesOf(id)).toEqual(['child.started', 'child.finished']);
});

test('news between what a turn knows and its wait keep it from waiting', async () => {
  const { id, children } = await waitingParent(1);
  const childId = children[0] ?? '';
  await requestStop(store, id, undefined);
  const other = await newSession(store);
  const { run, writer, end } = await running(other);
  const { op, event } = noting({
    ...{ childId, repo: null, title: 'Part', state: 'works', turnId: null, lastEnded: null, boardSeq: 0 },
  });
  await writer.advance(run, { ops: [op], events: [event] });
  const known = await readChild(store, other, childId);
  await tellParent(
    store,
    { parentId: other, childId },
    { turnId: 'trn_9', state: 'ended', end: { outcome: 'done' } },
  );
  const wait = { callId: 'cal_000002', childIds: [childId], any: false, untilMs: Date.now() + 60_000 };
  expect(await writer.waitFor(run, { wait, seen: new Map([[childId, known?.text ?? '']]) })).toBe('changed');
  await end();
});

test('a parent that is gone, or that knows of no such child, hears nothing', async () => {
  const place = { parentId: newId('session'), childId: newId('session') };
  await tellParent(store, place, { turnId: 'trn_1', state: 'ended', end: { outcome: 'done' } });
  const parentId = await newSession(store);
  await tellParent(
    store,
    { ...place, parentId },
    { turnId: 'trn_1', state: 'ended', end: { outcome: 'done' } },
  );
  expect(await typesOf(parentId)).toEqual([]);
});
