import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, ben, newSession, openTestStore } from '../../test/helpers/testStore.ts';
import { answerApproval, askApproval } from './approvals.ts';
import { expireApprovals, startExpiry } from './expiry.ts';
import { Feeds } from './log/feed.ts';
import { readAfter } from './log/log.ts';
import { agentActor } from './run/turnWriter.ts';
import type { Store } from './store/store.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const nowMs = Date.now();
const ask = (sessionId: string, approvalId: string, expiresAtMs = nowMs + 60_000) =>
  askApproval(store, sessionId, { approvalId, text: 'Drop the table?', expiresAtMs, actor: agentActor });
const answer = (sessionId: string, approvalId: string, by = ana, approve = true) =>
  answerApproval(store, sessionId, { approvalId, approve, by, role: 'member', actor: actorOf(by), nowMs });

const eventsOf = async (sessionId: string) => {
  const { events } = await readAfter(store, sessionId, { after: 0, limit: 100 });
  return events.filter(({ type }) => type.startsWith('approval.'));
};

test('the first answer counts and is recorded with who gave it', async () => {
  const sessionId = await newSession(store);
  expect(await ask(sessionId, 'one')).toEqual({ ok: true });
  expect(await ask(sessionId, 'one')).toMatchObject({ ok: false, code: 'request_conflict' });
  const answers = await Promise.all([answer(sessionId, 'one', ana), answer(sessionId, 'one', ben, false)]);
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  const [requested, resolved, ...more] = await eventsOf(sessionId);
  expect(more).toEqual([]);
  expect(requested?.data).toMatchObject({ approvalId: 'one', text: 'Drop the table?' });
  const winner = answers[0]?.ok ? ana : ben;
  expect(resolved?.data).toEqual({ approvalId: 'one', approved: winner === ana, by: winner });
  expect(resolved?.actor.userId).toBe(winner.userId);
});

test('what nobody answers in time is refused, visibly, and a late answer is told so', async () => {
  const sessionId = await newSession(store);
  await ask(sessionId, 'swept', nowMs - 1);
  await ask(sessionId, 'late', nowMs + 10);
  await ask(sessionId, 'open', nowMs + 60_000);
  await expireApprovals(store, nowMs);
  const late = await answerApproval(store, sessionId, {
    approvalId: 'late',
    approve: true,
    by: ana,
    role: 'member',
    actor: actorOf(ana),
    nowMs: nowMs + 20,
  });
  expect(late).toMatchObject({ ok: false, message: expect.stringContaining('expired') });
  const resolved = (await eventsOf(sessionId)).filter(({ type }) => type === 'approval.resolved');
  expect(resolved.map(({ data }) => data)).toEqual([
    { approvalId: 'swept', approved: false, expired: true },
    { approvalId: 'late', approved: false, expired: true },
  ]);
  // Looking again resolves nothing twice, and what is open stays open.
  await expireApprovals(store, nowMs + 100);
  expect((await eventsOf(sessionId)).filter(({ type }) => type === 'approval.resolved')).toHaveLength(2);
  expect(await answer(sessionId, 'open')).toEqual({ ok: true });
});

test('what was never asked cannot be answered', async () => {
  const sessionId = await newSession(store);
  expect(await answer(sessionId, 'nothing')).toMatchObject({ ok: false, code: 'not_found' });
});

test('one that nobody answers expires by itself, soon after its time, also where another node asked', async () => {
  const { store } = opened;
  const sessionId = await newSession(store);
  const feeds = new Feeds(store, opened.connect());
  const { feed, release } = await feeds.watch(sessionId);
  const resolved = Promise.withResolvers<unknown>();
  feed.add({
    event: event => {
      if (event.type === 'approval.resolved') resolved.resolve(event.data);
    },
    frame() {},
  });
  const stop = startExpiry(
    { store, subscriber: opened.connect(), clock: Date.now, wake: async () => {} },
    resolved.reject,
  );
  const expiresAtMs = Date.now() + 700;
  await askApproval(opened.connect(), sessionId, {
    approvalId: 'apr_later',
    text: 'Go on?',
    expiresAtMs,
    actor: agentActor,
  });
  expect(await resolved.promise).toMatchObject({ approvalId: 'apr_later', approved: false, expired: true });
  // Long before the look that makes up for a lost word.
  expect(Date.now() - expiresAtMs).toBeLessThan(20_000);
  stop();
  release();
  await feeds.close();
});
