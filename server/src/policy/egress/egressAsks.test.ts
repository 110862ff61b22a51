import { knownEvent } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { answerApproval } from '../../sessions/approvals.ts';
import { askedOf, moveAsked } from '../../sessions/egressAsked.ts';
import { readAfter } from '../../sessions/log/log.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import type { Store } from '../../sessions/store/store.ts';
import { listGrants } from '../grants.ts';
import { askForEgress, onceMs, settleAsked } from './egressAsks.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const now = { ms: Date.now() };
const clock = () => now.ms;
const wish = (value: string) => ({ kind: 'host' as const, value, reason: 'not on the list' });
const ask = (sessionId: string, value: string, who: Parameters<typeof askForEgress>[3] = 'anyone') =>
  askForEgress({ store, clock }, sessionId, wish(value), who);

async function settle(sessionId: string): Promise<string[]> {
  const grants = await listGrants(store, { sessionId, orgId: 'default', repoId: 'sample' }, now.ms);
  // Two servers at once: the agent is told once.
  await Promise.all([1, 2].map(() => settleAsked({ store, clock }, sessionId, grants)));
  return store.lrange(sessionKey(sessionId, part.egressTold), 0, -1);
}

async function approvals(sessionId: string) {
  const { events } = await readAfter(store, sessionId, { after: 0, limit: 500 });
  return events.map(knownEvent).flatMap(event => (event?.type === 'approval.requested' ? [event.data] : []));
}

const answer = (
  sessionId: string,
  approvalId: string,
  approve: boolean,
  extent: 'once' | 'session' = 'once',
) =>
  answerApproval(store, sessionId, {
    ...{ approvalId, approve, extent, by: ana, actor: actorOf(ana), nowMs: now.ms },
    role: 'member',
  });

test('a yes for once counts from when it was said, and its end is told; nothing is asked twice meanwhile', async () => {
  const sessionId = await newSession(store);
  await Promise.all([ask(sessionId, 'a.example'), ask(sessionId, 'a.example')]);
  const [asked, ...more] = await approvals(sessionId);
  expect(more).toEqual([]);
  // It waited for long.
  now.ms += onceMs * 2;
  expect(await answer(sessionId, asked?.approvalId ?? '', true)).toMatchObject({ ok: true });
  expect(await settle(sessionId)).toEqual([expect.stringMatching(/^a\.example may be reached.*until/)]);
  await ask(sessionId, 'a.example');
  expect(await approvals(sessionId)).toHaveLength(1);
  now.ms += onceMs + 1;
  expect(await settle(sessionId)).toHaveLength(2);
  await ask(sessionId, 'a.example');
  expect(await approvals(sessionId)).toHaveLength(2);
});

test('a no is told and kept to; nobody’s answer is no answer', async () => {
  const sessionId = await newSession(store);
  await ask(sessionId, 'no.example');
  await answer(sessionId, (await approvals(sessionId))[0]?.approvalId ?? '', false);
  expect(await settle(sessionId)).toEqual([expect.stringMatching(/^no\.example stays blocked: .* said no/)]);
  await ask(sessionId, 'no.example');
  expect(await approvals(sessionId)).toHaveLength(1);
});

test('what a server wrote down and died before it asked is asked again', async () => {
  const sessionId = await newSession(store);
  const lost = {
    kind: 'host' as const,
    value: 'lost.example',
    approvalId: 'apr_egress_lost',
    grantId: 'grt_lost000000',
    askedAtMs: now.ms,
    state: 'asked' as const,
  };
  await moveAsked(store, sessionId, { from: null, to: lost });
  await ask(sessionId, 'lost.example');
  expect(await approvals(sessionId)).toEqual([]);
  now.ms += 61_000;
  expect(await settle(sessionId)).toEqual([]);
  await ask(sessionId, 'lost.example');
  expect(await approvals(sessionId)).toHaveLength(1);
});

test('three wait at once, twenty are asked in all', async () => {
  const sessionId = await newSession(store);
  for (let i = 0; i < 40; i++) {
    await ask(sessionId, `h${i}.example`);
    await ask(sessionId, `x${i}.example`);
    await ask(sessionId, `y${i}.example`);
    await ask(sessionId, `z${i}.example`);
    const waiting = (await askedOf(store, sessionId)).filter(({ state }) => state === 'asked');
    expect(waiting.length).toBeLessThanOrEqual(3);
    for (const { approvalId } of waiting) await answer(sessionId, approvalId, false);
    await settle(sessionId);
  }
  expect(await approvals(sessionId)).toHaveLength(20);
});

test('where nobody knows whose command it was, only an admin is another', async () => {
  const sessionId = await newSession(store);
  await ask(sessionId, 'a.example', 'other');
  const [asked] = await approvals(sessionId);
  expect(asked?.who).toBe('admin');
  expect(await answer(sessionId, asked?.approvalId ?? '', true)).toMatchObject({ ok: false });
});
