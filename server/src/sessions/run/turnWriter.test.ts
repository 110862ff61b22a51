import { newId, noUsage } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ana, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { readDrafts } from '../log/drafts.ts';
import { readAfter } from '../log/log.ts';
import { appendPrompt, headPrompts } from '../queue/inbox.ts';
import { requestStop } from '../queue/stop.ts';
import { part, sessionKey } from '../store/keys.ts';
import { type Run, readMeta } from '../store/meta.ts';
import { takeLease } from './lease.ts';
import { readRun } from './runState.ts';
import { agentActor, FenceLost, TurnWriter } from './turnWriter.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

const newRun = (promptIds: string[]): Run => ({
  turnId: newId('turn'),
  promptIds,
  author: ana,
  title: 'Do it',
  model: 'test',
  startedAtMs: Date.now(),
  deadlineAtMs: Date.now() + 60_000,
  tokenBudget: 1000,
  steps: 0,
  usage: noUsage,
  pending: [],
  touched: false,
});

async function begun() {
  const { store } = opened;
  const sessionId = await newSession(store);
  await appendPrompt(store, sessionId, prompt('Do it'));
  const lease = await takeLease(store, sessionId, 'first', { ttlMs: 60_000, renewMs: 600_000 });
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, sessionId, lease.fence);
  const prompts = await headPrompts(store, sessionId);
  const run = newRun(prompts.map(({ promptId }) => promptId));
  expect(await writer.startTurn(prompts, run, { messages: [{ role: 'user', content: 'Do it' }] })).toBe(true);
  return { sessionId, lease, writer, run, prompts };
}

const said = (text: string, messageId = newId('message')) => ({
  type: 'message.done' as const,
  actor: agentActor,
  data: { messageId, text },
});

test('one lease at a time; who takes over has a higher fence, and the one before writes nothing more', async () => {
  const { store } = opened;
  const { sessionId, writer, run } = await begun();
  expect(await takeLease(store, sessionId, 'second')).toBeNull();
  // Its time runs out, as it does for a worker that hangs.
  await store.pexpire(sessionKey(sessionId, part.lease), 1);
  let second = null;
  while (!second) second = await takeLease(store, sessionId, 'second');
  const { last } = (await readMeta(store, sessionId)) ?? { last: 0 };
  await expect(writer.advance(run, { events: [said('late')] })).rejects.toThrow(FenceLost);
  await expect(writer.finishTurn(run, { outcome: 'done', usage: noUsage })).rejects.toThrow(FenceLost);
  const piece = {
    kind: 'message',
    id: 'msg_late00',
    turnId: run.turnId,
    attempt: 1,
    offset: 0,
    text: 'x',
  } as const;
  expect(await writer.frame(piece)).toBe(false);
  expect((await readMeta(store, sessionId))?.last).toBe(last);
  expect(second.fence).toBe(writer.fence + 1);
  await second.release();
});

test('a turn starts once, however often it is tried', async () => {
  const { writer, run, prompts } = await begun();
  expect(await writer.startTurn(prompts, run, { messages: [] })).toBe(false);
});

test('a draft grows by frames, takes each once, is replaced by a higher attempt and ends with its event', async () => {
  const { store } = opened;
  const { sessionId, writer, run } = await begun();
  const id = newId('message');
  const frame = (attempt: number, offset: number, text: string) =>
    writer.frame({ kind: 'message', id, turnId: run.turnId, attempt, offset, text });
  const text = async () => (await readDrafts(store, sessionId)).drafts.map(draft => draft.text);
  await frame(1, 0, 'Grüße 🙂');
  await frame(1, 8, ' an');
  await frame(1, 8, ' an');
  expect(await text()).toEqual(['Grüße 🙂 an']);
  await frame(2, 0, 'Anew');
  await frame(1, 11, ' late');
  expect(await text()).toEqual(['Anew']);
  await writer.advance(run, { events: [said('Anew.', id)] });
  expect(await text()).toEqual([]);
});

test('a stop before the end wins over done; after it there is nothing to stop', async () => {
  const { store } = opened;
  const { sessionId, writer, run } = await begun();
  expect(await requestStop(store, sessionId, newId('turn'))).toMatchObject({ code: 'turn_over' });
  expect(await requestStop(store, sessionId, run.turnId)).toMatchObject({ ok: true });
  expect(await writer.finishTurn(run, { outcome: 'done', usage: noUsage })).toBe('stopped');
  expect(await requestStop(store, sessionId, run.turnId)).toMatchObject({ code: 'turn_over' });
  const { events } = await readAfter(store, sessionId, { after: 0, limit: 100 });
  expect(events.filter(event => event.type === 'turn.finished')).toHaveLength(1);
  expect(await readMeta(store, sessionId)).toMatchObject({ state: 'idle' });
  expect(await readRun(store, sessionId)).toEqual({ turn: null, stop: null });
});
