import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, ben, newSession, openTestStore } from '../../test/helpers/testStore.ts';
import { answerApproval, askApproval } from '../sessions/approvals.ts';
import { expireApprovals } from '../sessions/expiry.ts';
import { type GrantDraft, giving, indexSpread } from '../sessions/grantRecords.ts';
import { readAfter } from '../sessions/log/log.ts';
import { agentActor } from '../sessions/run/turnWriter.ts';
import { commit } from '../sessions/store/commit.ts';
import type { Store } from '../sessions/store/store.ts';
import { type GrantPlace, giveGrant, grantsOf, listGrants, withdrawGrant } from './grants.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const nowMs = Date.now();
const place = async (): Promise<GrantPlace> => ({
  sessionId: await newSession(store),
  orgId: 'default',
  repoId: 'sample',
});
const draft = (whose: GrantDraft['for'], more: Partial<GrantDraft> = {}): GrantDraft => ({
  grantId: newId('grant'),
  scope: 'network:external',
  value: 'registry.example.com',
  for: whose,
  reason: 'the build needs it',
  ...more,
});
const giver = { by: ana, actor: actorOf(ana), nowMs };
const countFor = async (where: GrantPlace, authors = [ana], atMs = nowMs) =>
  (await grantsOf(store, where, { authors, nowMs: atMs })).map(({ grantId }) => grantId).toSorted();

test("one person's grant counts for their turns alone, and no more once somebody else has a say in one", async () => {
  const where = await place();
  const mine = draft({ userId: ana.userId });
  const everybodys = draft('session');
  await giveGrant(store, where, mine, giver);
  await giveGrant(store, where, everybodys, giver);
  expect(await countFor(where, [ana])).toEqual([mine.grantId, everybodys.grantId].toSorted());
  expect(await countFor(where, [ben])).toEqual([everybodys.grantId]);
  expect(await countFor(where, [ana, ben])).toEqual([everybodys.grantId]);
});

test('a repository’s grant counts in its other sessions until an admin withdraws it, for good', async () => {
  const [here, there] = [await place(), await place()];
  const grant = draft('repository');
  await giveGrant(store, here, grant, giver);
  expect(await countFor(there, [ben])).toEqual([grant.grantId]);
  expect(await countFor({ ...there, repoId: 'another' }, [ben])).toEqual([]);
  const withdraw = { grantId: grant.grantId, by: ben, actor: actorOf(ben), nowMs };
  expect(await withdrawGrant(store, there, { ...withdraw, isAdmin: false })).toMatchObject({ ok: false });
  expect(await withdrawGrant(store, there, { ...withdraw, isAdmin: true })).toEqual({ ok: true });
  expect(await countFor(here)).toEqual([]);
  // Who was in the middle of giving it does not bring it back.
  const given = { ...grant, by: ana, at: new Date(nowMs).toISOString() };
  await commit(store, here.sessionId, { checks: [], ...giving(given, actorOf(ana)) });
  await indexSpread(store, here.sessionId, grant.grantId, nowMs);
  await expireApprovals(store, nowMs);
  expect(await countFor(there)).toEqual([]);
  expect(await countFor(here)).toEqual([]);
});

test('an expired grant counts no more; a withdrawn one is said in the log', async () => {
  const where = await place();
  const short = draft('session', { expiresAt: new Date(nowMs + 1000).toISOString() });
  await giveGrant(store, where, short, giver);
  expect(await countFor(where)).toEqual([short.grantId]);
  expect(await countFor(where, [ana], nowMs + 1001)).toEqual([]);
  const other = draft('session');
  await giveGrant(store, where, other, giver);
  await withdrawGrant(store, where, { ...giver, grantId: other.grantId, isAdmin: false });
  expect(await listGrants(store, where, nowMs + 1001)).toEqual([]);
  const { events } = await readAfter(store, where.sessionId, { after: 0, limit: 100 });
  expect(events.slice(-1)).toMatchObject([
    { type: 'grant.withdrawn', data: { grantId: other.grantId, by: ana } },
  ]);
});

test('a yes gives the grant in the same commit, as far as it reaches; a no and a yes for once give none', async () => {
  const where = await place();
  const ask = (approvalId: string, kind: 'call' | 'grant', grant = draft('session')) =>
    askApproval(store, where.sessionId, {
      approvalId,
      text: 'May it?',
      expiresAtMs: nowMs + 60_000,
      actor: agentActor,
      author: ana,
      extents: ['once', 'session', 'repository'],
      onYes: kind === 'grant' ? { kind, grant } : { kind, grants: [grant] },
    });
  const answer = (approvalId: string, more: object) =>
    answerApproval(store, where.sessionId, {
      ...{ approvalId, approve: true, by: ben, role: 'member' as const, actor: actorOf(ben), nowMs },
      ...more,
    });
  await ask('once', 'call');
  expect(await answer('once', {})).toMatchObject({ ok: true });
  await ask('no', 'grant');
  expect(await answer('no', { approve: false, extent: 'session' })).toMatchObject({ ok: true });
  expect(await listGrants(store, where, nowMs)).toEqual([]);
  await ask('session', 'call');
  expect(await answer('session', { extent: 'session' })).toMatchObject({ ok: true });
  await ask('all', 'grant');
  expect(await answer('all', { extent: 'repository' })).toMatchObject({ ok: false, code: 'not_found' });
  expect(await answer('all', { extent: 'repository', role: 'admin' })).toMatchObject({ ok: true });
  const grants = await listGrants(store, where, nowMs);
  expect(grants.map(grant => [grant.for, grant.by.name]).toSorted()).toEqual([
    ['repository', 'Ben'],
    ['session', 'Ben'],
  ]);
  expect(await listGrants(store, await place(), nowMs)).toMatchObject([{ for: 'repository' }]);
});

test('a yes to a repository’s grant whose process died before it was carried over is carried over by the sweep', async () => {
  const [here, there] = [await place(), await place()];
  const before = await countFor(there);
  const grant = { ...draft('repository'), by: ana, at: new Date(nowMs).toISOString() };
  await indexSpread(store, here.sessionId, grant.grantId, nowMs);
  await commit(store, here.sessionId, { checks: [], ...giving(grant, actorOf(ana)) });
  expect(await countFor(there)).toEqual(before);
  await expireApprovals(store, nowMs);
  expect(await countFor(there)).toEqual([...before, grant.grantId].toSorted());
});
