import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ana, ben, openTestStore } from '../../../test/helpers/testStore.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type Amounts, accountsOf, nothingUsed, type Spender } from './accounts.ts';
import { Ledger } from './ledger.ts';
import { type BudgetPolicy, noBudgets, parseBudgets } from './schema.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterEach(() => opened.close());

const noon = Date.parse('2026-03-01T12:00:00Z');
const spender = (turnId: string, more: Partial<Spender> = {}): Spender => ({
  sessionId: `ses_${turnId}`,
  repo: 'shop',
  author: ana,
  teams: ['acme/core'],
  own: {},
  turnId,
  ...more,
});
const tokens = (count: number): Amounts => ({ ...nothingUsed, tokens: count });
const policyOf = (key: object): BudgetPolicy => {
  const parsed = parseBudgets(key);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.budgets;
};
const usedOf = async (policy: BudgetPolicy, who: Spender) =>
  Object.fromEntries(
    (await new Ledger(store).read(accountsOf(policy, who, noon))).map(({ account, state }) => [
      account.of,
      state.used,
    ]),
  );

test('what a turn used is charged once to all its accounts, however often and by whomever it is said', async () => {
  const limited = { tokens: 1_000 };
  const policy = policyOf({
    ...{ turn: limited, session: limited, person: limited, repository: limited, team: limited },
    day: limited,
  });
  const accounts = accountsOf(policy, spender('trn_a'), noon);
  const step = { turnId: 'trn_a', used: tokens(300), reserve: null, nowMs: noon };
  for (const ledger of [new Ledger(store), new Ledger(opened.connect())])
    for (let n = 0; n < 3; n++) await ledger.step(accounts, step);
  // A worker that lost the turn comes late with what it knew.
  await new Ledger(store).step(accounts, { ...step, used: tokens(200) });
  const expected = { turn: 300, session: 300, person: 300, repository: 300, team: 300, day: 300 };
  expect(await usedOf(policy, spender('trn_a'))).toEqual(expected);
  const other = spender('trn_b', { author: ben, teams: [] });
  await new Ledger(store).step(accountsOf(policy, other, noon), { ...step, turnId: 'trn_b' });
  expect(await usedOf(policy, spender('trn_a'))).toEqual({ ...expected, repository: 600, day: 600 });
});

test('turns at once overspend by no more than one step each, whatever the steps take', async () => {
  let seed = 5;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  for (let round = 0; round < 15; round++) {
    const limit = 2_000 + random(2_000);
    const policy = policyOf({ repositories: { [`r${round}`]: { tokens: limit } } });
    const largest = new Map<string, number>();
    const turn = async (turnId: string) => {
      const ledger = new Ledger(opened.connect());
      const accounts = accountsOf(policy, spender(turnId, { repo: `r${round}` }), noon);
      let used = 0;
      let estimate = 1 + random(200);
      for (;;) {
        const step = { turnId, used: tokens(used), reserve: tokens(estimate), nowMs: noon };
        const asked = await ledger.step(accounts, step);
        if (asked.kind === 'reached') return used;
        if (asked.kind === 'busy') continue;
        await new Promise(setImmediate);
        const took = 1 + random(400);
        used += took;
        estimate = took;
        largest.set(turnId, Math.max(largest.get(turnId) ?? 0, took));
      }
    };
    const used = await Promise.all(Array.from({ length: 6 }, (_, n) => turn(`trn_${round}x${n}`)));
    const sum = used.reduce((all, one) => all + one, 0);
    expect(sum).toBeGreaterThanOrEqual(limit);
    expect(sum - limit).toBeLessThan([...largest.values()].reduce((all, one) => all + one, 0));
    expect(await usedOf(policy, spender('trn_z', { repo: `r${round}` }))).toEqual({ repository: sum });
  }
});

test('near the end turns go one after the other, and what a dead worker set aside is free again', async () => {
  const policy = policyOf({ day: { tokens: 1_000 } });
  const at = (turnId: string) => accountsOf(policy, spender(turnId), noon);
  const ledger = new Ledger(store);
  const step = (turnId: string, used: number, nowMs = noon) =>
    ledger.step(at(turnId), { turnId, used: tokens(used), reserve: tokens(600), nowMs });
  expect(await step('trn_a', 0)).toMatchObject({ kind: 'room' });
  expect(await step('trn_b', 0)).toMatchObject({ kind: 'room' });
  expect(await step('trn_c', 0)).toMatchObject({ kind: 'busy' });
  // One that takes over a turn takes its reservation over.
  expect(await step('trn_a', 0)).toMatchObject({ kind: 'room' });
  await ledger.step(at('trn_a'), { turnId: 'trn_a', used: tokens(100), reserve: null, nowMs: noon });
  expect(await step('trn_c', 0)).toMatchObject({ kind: 'room' });
  expect(await step('trn_d', 0)).toMatchObject({ kind: 'busy' });
  expect(await step('trn_d', 0, noon + 11 * 60_000)).toMatchObject({ kind: 'room' });
});

test('at four fifths there is one warning, told again only to the turn that got it; a raised budget warns anew', async () => {
  const policy = policyOf({ session: { tokens: 1_000 } });
  const who = (turnId: string) => accountsOf(policy, { ...spender(turnId), sessionId: 'ses_one' }, noon);
  const ledger = new Ledger(store);
  const step = (turnId: string, used: number) =>
    ledger.step(who(turnId), { turnId, used: tokens(used), reserve: tokens(1), nowMs: noon });
  expect((await step('trn_a', 799)).warnings).toEqual([]);
  expect((await step('trn_a', 800)).warnings).toMatchObject([{ state: { used: 800, limit: 1_000 } }]);
  expect((await step('trn_a', 800)).warnings).toHaveLength(1);
  expect((await step('trn_b', 10)).warnings).toEqual([]);
  expect(await step('trn_b', 200)).toMatchObject({ kind: 'reached', reached: { state: { used: 1_000 } } });
  const [session] = who('trn_b').filter(({ of }) => of === 'session');
  if (!session) throw new Error('no account');
  for (let n = 0; n < 2; n++) await ledger.raise(session, { id: 'one', unit: 'tokens', amount: 200 });
  expect(await step('trn_b', 200)).toMatchObject({
    kind: 'room',
    warnings: [{ state: { used: 1_000, limit: 1_200, raised: 200 } }],
  });
});

test('a day’s budget begins anew with the day, and a person’s own limit counts before everybody’s', () => {
  const policy = policyOf({ person: { usd: 1 }, people: { [ben.userId]: { usd: 5, minutes: 2 } } });
  const [mine] = accountsOf(policy, spender('', { turnId: undefined }), noon);
  expect(mine).toMatchObject({ of: 'person', limits: { microUsd: 1_000_000 } });
  expect(new Date(mine?.untilMs ?? 0).toISOString()).toBe('2026-03-02T00:00:00.000Z');
  const later = accountsOf(policy, spender('', { turnId: undefined }), noon + 12 * 3_600_000)[0];
  expect(later?.key).not.toBe(mine?.key);
  const [his] = accountsOf(policy, spender('', { author: ben, turnId: undefined }), noon);
  expect(his?.limits).toEqual({ microUsd: 5_000_000, wallMs: 120_000 });
});

test.each([
  [{ turns: {} }, 'budgets'],
  [{ turn: { tokens: -1 } }, 'budgets.turn.tokens'],
  [{ raise: { day: 'viewer' } }, 'budgets.raise.day'],
])('a key that is not as documented is named: %j', (key, where) => {
  expect(parseBudgets(key)).toMatchObject({ ok: false, message: expect.stringContaining(where) });
  expect(parseBudgets(undefined)).toEqual({ ok: true, budgets: noBudgets });
});
