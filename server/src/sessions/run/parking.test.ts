import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tomorrow } from '../../../test/helpers/archive.ts';
import { actorOf, ana, ben, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { Budgets } from '../../policy/budgets/budgets.ts';
import { BudgetPolicy } from '../../policy/budgets/schema.ts';
import { readAnswer } from '../answeredApproval.ts';
import { answerApproval } from '../approvals.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { expireApprovals } from '../expiry.ts';
import { appendPrompt, headPrompts } from '../queue/inbox.ts';
import { requestStop } from '../queue/stop.ts';
import { sweep } from '../queue/wake.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Run } from '../store/meta.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { takeLease } from './lease.ts';
import { isParked } from './parking.ts';
import { readRun } from './runState.ts';
import { agentActor, TurnWriter } from './turnWriter.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const approvalId = 'call-cal_000001';
const deadlineAtMs = Date.now() + 60_000;

/** A session whose turn waits for a yes, and nobody holds it. */
async function parked(expiresAtMs = Date.now() + 60_000): Promise<{ id: string; run: Run }> {
  const id = await newSession(store);
  await appendPrompt(store, id, prompt('Do it'));
  const lease = await takeLease(store, id, crypto.randomUUID());
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, id, lease.fence);
  const prompts = await headPrompts(store, id);
  const run: Run = {
    ...{
      turnId: newId('turn'),
      promptIds: prompts.map(({ promptId }) => promptId),
      author: ana,
      title: 'Do it',
    },
    ...{
      model: 'scripted',
      startedAtMs: Date.now(),
      deadlineAtMs,
      tokenBudget: 1_000,
      steps: 1,
      pending: [],
    },
    usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, steps: 0 },
    touched: false,
  };
  await writer.startTurn(prompts, run, { messages: [] });
  const asked = { approvalId, text: 'May it?', expiresAtMs, turnId: run.turnId, author: ana, digest: 'd' };
  expect(await writer.park(run, { ...asked, onYes: { kind: 'call', grants: [] }, actor: agentActor })).toBe(
    true,
  );
  await lease.release();
  return { id, run };
}

const yes = (id: string) =>
  answerApproval(store, id, {
    ...{ approvalId, approve: true, by: ben, role: 'member', actor: actorOf(ben), nowMs: Date.now() },
  });
const woken = async () => {
  const ids: string[] = [];
  await sweep(store, async id => void ids.push(id));
  return ids;
};
/** A worker that takes the turn up again. */
async function resumed(id: string) {
  const lease = await takeLease(store, id, crypto.randomUUID());
  const writer = new TurnWriter(store, id, lease?.fence ?? 0);
  const { turn } = await writer.run();
  if (!turn) throw new Error('no turn');
  const run = await writer.resume(turn);
  await lease?.release();
  return run;
}

test('nobody is woken for a parked turn, nor for prompts behind it, until somebody answers', async () => {
  const { id, run } = await parked();
  await appendPrompt(store, id, prompt('And then', ben));
  expect(await woken()).not.toContain(id);
  expect((await readMeta(store, id))?.state).toBe('waiting');
  expect(await yes(id)).toMatchObject({ ok: true, goesOn: true });
  // Whoever answered died before waking anybody.
  expect(await woken()).toContain(id);
  expect(await resumed(id)).toMatchObject({ turnId: run.turnId });
  expect((await readMeta(store, id))?.state).toBe('running');
  expect(await readAnswer(store, id, approvalId)).toMatchObject({ approved: true, name: 'Ben', digest: 'd' });
});

test('the time that a turn waits is none of its own: it shortens nothing and no budget is charged for it', async () => {
  const { id, run: before } = await parked();
  const { turn } = await readRun(store, id);
  const waitedMs = 3_600_000;
  const startedAtMs = before.startedAtMs - waitedMs;
  const then = { ...turn, startedAtMs, sandboxAtMs: startedAtMs, parkedAtMs: Date.now() - waitedMs };
  await store.hset(`dh:{${id}}:run`, 'turn', JSON.stringify(then));
  await yes(id);
  const run = await resumed(id);
  expect(run.deadlineAtMs - deadlineAtMs).toBeGreaterThanOrEqual(waitedMs);
  expect(run.parkedAtMs).toBeUndefined();
  const budgets = new Budgets({
    store,
    policy: () => BudgetPolicy.parse({ session: { minutes: 120, sandboxMinutes: 120 } }),
    ...{ teamsOf: async () => [], costOf: () => 0, clock: Date.now },
  });
  const meta = { id, repo: null, budget: {} };
  await budgets.charge(meta, run, null);
  const states = await budgets.states(meta, ana);
  expect(states.map(({ state }) => state.unit)).toEqual(['minutes', 'sandboxMinutes']);
  // The test itself takes less than a minute.
  for (const { state } of states) expect(state.used).toBeLessThan(1);
});

test('a parked session that hibernated is answered, expires and stops as any other', async () => {
  const asleep = async (expiresAtMs?: number) => {
    const { id } = await parked(expiresAtMs);
    // What it notes for the audit log was taken there.
    await store.del(sessionKey(id, part.audits));
    expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
    // The sweep finds nothing in Redis to wait for.
    expect(await woken()).not.toContain(id);
    return id;
  };
  const answered = await asleep();
  expect(await yes(answered)).toMatchObject({ ok: true, goesOn: true });
  expect(await woken()).toContain(answered);
  expect((await resumed(answered)).author).toEqual(ana);

  const expired = await asleep(Date.now() - 1);
  expect(await expireApprovals(store, Date.now())).toContain(expired);
  expect(await woken()).toContain(expired);
  expect(await readAnswer(store, expired, approvalId)).toMatchObject({ approved: false });

  const stopped = await asleep();
  expect(await requestStop(store, stopped, undefined)).toMatchObject({ ok: true, goesOn: true });
  expect(await isParked(store, stopped)).toBe(false);
  expect(await woken()).toContain(stopped);
});

test('a turn that is to stop is not parked; one of another worker is lost', async () => {
  const { id, run } = await parked();
  await yes(id);
  const lease = await takeLease(store, id, 'worker');
  const writer = new TurnWriter(store, id, lease?.fence ?? 0);
  const again = await writer.resume(run);
  await requestStop(store, id, run.turnId);
  const asked = {
    approvalId: 'call-cal_000002',
    text: 'May it?',
    expiresAtMs: Date.now() + 1_000,
    actor: agentActor,
  };
  expect(
    await writer.park(again, { ...asked, turnId: run.turnId, onYes: { kind: 'call', grants: [] } }),
  ).toBe(false);
  await lease?.release();
  await takeLease(store, id, 'another');
  await expect(writer.note(again)).rejects.toThrow(/over/);
});
