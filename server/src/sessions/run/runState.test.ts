import { noUsage } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isCold, quiet, startedTurn, tomorrow } from '../../../test/helpers/archive.ts';
import { redisProxy } from '../../../test/helpers/redisProxy.ts';
import { actorOf, ana, openTestStore } from '../../../test/helpers/testStore.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { hibernateIdle } from '../archive/hibernator.ts';
import { touchSession } from '../list.ts';
import { readRows } from '../listing/readRows.ts';
import { archiveSession, requestStop } from '../queue/stop.ts';
import { part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import { takeLease } from './lease.ts';
import { readRun, readRunIds } from './runState.ts';
import { FenceLost, TurnWriter } from './turnWriter.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

/** A session as the version before run state had a key of its own left it in Redis. */
async function oldSession(sessionId: string, running: boolean): Promise<string> {
  const run = {
    turnId: 'trn_old00001',
    promptIds: ['prm_old00001'],
    author: ana,
    title: 'Old work',
    model: 'test',
    startedAtMs: 1_700_000_000_000,
    deadlineAtMs: 4_000_000_000_000,
    tokenBudget: 1000,
    steps: 2,
    usage: noUsage,
    pending: [{ callId: 'cal_old00001', modelCallId: 'm1', tool: 'bash', input: { command: 'true' } }],
    touched: true,
  };
  const meta = {
    id: sessionId,
    orgId: 'default',
    title: 'Old work',
    repo: 'sample',
    state: running ? 'running' : 'idle',
    origin: 'api',
    authors: JSON.stringify([ana]),
    createdAt: '1700000000000',
    updatedAt: '1700000000000',
    budget: '{}',
    last: '1',
    rev: '9',
    fence: '41',
    ...(running ? { turnId: run.turnId, run: JSON.stringify(run) } : {}),
  };
  const { store } = opened;
  await store.hset(sessionKey(sessionId, part.meta), meta);
  const event = {
    sessionId,
    type: 'session.created',
    actor: actorOf(ana),
    data: { title: 'Old work', repo: 'sample', origin: 'api' },
  };
  await store.xadd(sessionKey(sessionId, part.log), '1-0', 'at', '1700000000000', 'e', JSON.stringify(event));
  await touchSession(store, 'default', sessionId);
  return sessionId;
}

test('a turn of a version before is read where it lay, stopped, taken over and ended', async () => {
  const { store } = opened;
  const id = await oldSession('ses_oldrunning1', true);
  expect(await readRunIds(store, id)).toEqual({ turnId: 'trn_old00001', stop: null });
  expect((await readRun(store, id)).turn).toMatchObject({ steps: 2, pending: [{ callId: 'cal_old00001' }] });
  const before = new TurnWriter(store, id, 41);
  await before.record([]);
  expect(await store.hmget(sessionKey(id, part.meta), 'run', 'fence', 'turnId')).toEqual([null, null, null]);
  expect((await readRun(store, id)).turn).toMatchObject({ steps: 2 });
  expect(await requestStop(store, id, undefined)).toEqual({
    ok: true,
    turnId: 'trn_old00001',
    goesOn: false,
  });
  const lease = await takeLease(store, id, 'new worker');
  expect(lease?.fence).toBe(42);
  await expect(before.record([])).rejects.toThrow(FenceLost);
  const writer = new TurnWriter(store, id, 42);
  const { turn, stop } = await writer.run();
  if (!turn) throw new Error('no turn');
  expect(stop).toBe(turn.turnId);
  expect(await writer.finishTurn(turn, { outcome: 'done', usage: noUsage })).toBe('stopped');
  await lease?.release();
  expect(await readRun(store, id)).toEqual({ turn: null, stop: null });
});

test('an archive of a version before is read, and its fence is not given again', async () => {
  const { store } = opened;
  const id = await oldSession('ses_oldidle0001', false);
  expect(await hibernateSession(store, id, Date.now())).toBe('moved');
  expect(await isCold(store, id)).toBe(true);
  expect(await readMeta(store, id)).toMatchObject({ state: 'idle', title: 'Old work' });
  expect(await readRunIds(store, id)).toEqual({ turnId: null, stop: null });
  const lease = await takeLease(store, id, 'worker');
  expect(lease?.fence).toBe(42);
  await lease?.release();
  expect(await archiveSession(store, id, actorOf(ana))).toEqual({ ok: true });
});

test('the fence goes through a hibernation', async () => {
  const { store } = opened;
  const { sessionId, lease, writer, run } = await startedTurn(store);
  await writer.finishTurn(run, { outcome: 'done', usage: noUsage });
  await lease.release();
  await hibernateIdle({ store, hibernateMs: 1, clock: tomorrow, log: quiet });
  expect(await isCold(store, sessionId)).toBe(true);
  const next = await takeLease(store, sessionId, 'worker');
  expect(next?.fence).toBe(lease.fence + 1);
  await next?.release();
});

test('who looks for a stop, and who lists sessions, reads little, whatever a turn was given', async () => {
  const proxy = await redisProxy(opened.url);
  const store = opened.connect(proxy.url);
  const { sessionId, lease, writer, run } = await startedTurn(store);
  const input = { path: 'large.txt', content: 'x'.repeat(700_000) };
  run.pending = [{ callId: 'cal_large001', modelCallId: 'm1', tool: 'write', input }];
  await writer.note(run);
  const before = proxy.answeredBytes;
  expect(await readRunIds(store, sessionId)).toEqual({ turnId: run.turnId, stop: null });
  expect(await readRows(store, [sessionId])).toMatchObject([{ sessionId, state: 'running' }]);
  expect(proxy.answeredBytes - before).toBeLessThan(20_000);
  await lease.release();
  store.disconnect();
  await proxy.close();
});
