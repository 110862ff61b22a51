import type { Author, Budget, BudgetOf, BudgetState, BudgetUnit, Role } from '@deckhand/shared';
import { type BudgetPolicy, type Limits, raisedBy } from './schema.ts';

/** Of whose budgets a turn uses something. */
export type Spender = {
  sessionId: string;
  repo: string | null;
  author: Author;
  /** Of the author, as `org/team`. */
  teams: readonly string[];
  /** The session's own, for each of its turns. */
  own: Budget;
  /** Absent while none runs. */
  turnId?: string | undefined;
};

/** One ledger's account: what it is called there, and what it is limited to. */
export type Account = {
  /** In the ledger. People and sessions are in it by their ids. */
  key: string;
  of: BudgetOf;
  whose?: string;
  /** In whole units of the ledger. */
  limits: Partial<Record<LedgerUnit, number>>;
  /** When it begins anew. */
  untilMs?: number;
  /** How long the ledger keeps it after its last use. */
  keptMs: number;
  raisedBy: Role;
};

/** The ledger counts in whole numbers: millionths of a dollar, milliseconds. */
export const ledgerUnits = ['tokens', 'microUsd', 'wallMs', 'sandboxMs'] as const;
export type LedgerUnit = (typeof ledgerUnits)[number];
export type Amounts = Record<LedgerUnit, number>;
export const nothingUsed: Amounts = { tokens: 0, microUsd: 0, wallMs: 0, sandboxMs: 0 };

const ledgerUnit = {
  tokens: { unit: 'tokens', factor: 1 },
  usd: { unit: 'microUsd', factor: 1_000_000 },
  minutes: { unit: 'wallMs', factor: 60_000 },
  sandboxMinutes: { unit: 'sandboxMs', factor: 60_000 },
} as const satisfies Record<BudgetUnit, { unit: LedgerUnit; factor: number }>;

export const toLedger = (unit: BudgetUnit, amount: number) => ({
  unit: ledgerUnit[unit].unit,
  amount: Math.round(amount * ledgerUnit[unit].factor),
});

const budgetUnit = (unit: LedgerUnit) =>
  (Object.keys(ledgerUnit) as BudgetUnit[]).find(name => ledgerUnit[name].unit === unit) ?? 'tokens';

const dayMs = 24 * 3_600_000;
/** A session that rests for longer than this begins its budget anew. */
const sessionKeptMs = 400 * dayMs;

/** `2026-03-01`; days are those of UTC. */
export const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const nextDayMs = (ms: number) => Math.floor(ms / dayMs) * dayMs + dayMs;

/** Every account that a turn of theirs is charged to at this time: those that have a limit. */
export function accountsOf(policy: BudgetPolicy, spender: Spender, nowMs: number): Account[] {
  const { sessionId, repo, author, teams, own, turnId } = spender;
  const daily = (of: DailyOf, id: string, whose?: string) => dailyAccount(policy, { of, id, whose }, nowMs);
  const turnLimits: Limits = {
    ...policy.turn,
    ...(own.tokens === undefined ? {} : { tokens: own.tokens }),
    ...(own.timeMs === undefined ? {} : { minutes: own.timeMs / 60_000 }),
  };
  const all = [
    ...(turnId ? [accountOf(policy, 'turn', { key: turnId, limits: turnLimits, keptMs: 3 * dayMs })] : []),
    accountOf(policy, 'session', { key: sessionId, limits: policy.session, keptMs: sessionKeptMs }),
    daily('person', author.userId, author.name),
    ...(repo ? [daily('repository', repo, repo)] : []),
    ...teams.map(team => daily('team', team, team)),
    daily('day', ''),
  ];
  return all.filter(isLimited);
}

export const isLimited = ({ limits }: Account): boolean => Object.keys(limits).length > 0;

export type DailyOf = 'person' | 'repository' | 'team' | 'day';

const limitsBy: Record<DailyOf, (policy: BudgetPolicy, id: string) => Limits> = {
  person: (policy, id) => limitsOf(policy.person, policy.people, id),
  repository: (policy, id) => limitsOf(policy.repository, policy.repositories, id),
  team: (policy, id) => limitsOf(policy.team, policy.teams, id),
  day: policy => policy.day,
};

/** Of somebody, a repository, a team or everybody, for the day. */
export function dailyAccount(
  policy: BudgetPolicy,
  { of, id, whose }: { of: DailyOf; id: string; whose?: string | undefined },
  nowMs: number,
): Account {
  const day = dayOf(nowMs);
  return accountOf(policy, of, {
    key: id === '' ? day : `${id}:${day}`,
    limits: limitsBy[of](policy, id),
    ...(whose ? { whose } : {}),
    ...{ untilMs: nextDayMs(nowMs), keptMs: 3 * dayMs },
  });
}

/** Whose a key of `dailyAccount` is; null of another. */
export function readDailyKey(key: string): { of: DailyOf; id: string } | null {
  const [, of, id = ''] = /^(person|repository|team|day):(?:(.*):)?\d{4}-\d{2}-\d{2}$/.exec(key) ?? [];
  return of ? { of: of as DailyOf, id } : null;
}

const accountOf = (
  policy: BudgetPolicy,
  of: BudgetOf,
  { key, limits, ...more }: Omit<Account, 'of' | 'limits' | 'raisedBy'> & { limits: Limits },
): Account => ({
  key: `${of}:${key}`,
  of,
  limits: counted(limits),
  raisedBy: raisedBy(policy, of),
  ...more,
});

const limitsOf = (usual: Limits, named: Record<string, Limits>, name: string): Limits => ({
  ...usual,
  ...(Object.hasOwn(named, name) ? named[name] : {}),
});

function counted(limits: Limits): Account['limits'] {
  const found = Object.entries(limits).map(([unit, limit]) => {
    const { unit: name, amount } = toLedger(unit as BudgetUnit, limit ?? 0);
    return [name, amount] as const;
  });
  return Object.fromEntries(found);
}

/** As everybody is told of it. */
export function stateOf(
  { of, whose, untilMs, raisedBy: role }: Account,
  { unit, used, limit, raised }: { unit: LedgerUnit; used: number; limit: number; raised: number },
): BudgetState {
  const name = budgetUnit(unit);
  const { factor } = ledgerUnit[name];
  return {
    of,
    ...(whose === undefined ? {} : { whose }),
    unit: name,
    used: used / factor,
    limit: (limit + raised) / factor,
    ...(raised > 0 ? { raised: raised / factor } : {}),
    ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
    raisedBy: role,
  };
}
