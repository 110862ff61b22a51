import type { Author, BudgetOf, BudgetState, BudgetUnit, Usage } from '@deckhand/shared';
import type { Meta, Run } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import {
  type Account,
  type Amounts,
  accountsOf,
  type DailyOf,
  dailyAccount,
  isLimited,
  readDailyKey,
  type Spender,
  toLedger,
} from './accounts.ts';
import { type Charged, Ledger, type Reached } from './ledger.ts';
import { type CostOf, runCost } from './runCost.ts';
import type { BudgetPolicy } from './schema.ts';

export type BudgetsOptions = {
  store: Store;
  policy: () => BudgetPolicy;
  /** Of somebody, as `org/team`. */
  teamsOf: (userId: string) => Promise<readonly string[]>;
  /** What has no known price counts for nothing. */
  costOf: CostOf;
  clock: () => number;
};

/** What a first step may use, as long as nothing is known of the turn. */
const firstStep: Usage = { inputTokens: 4_000, outputTokens: 500, cachedInputTokens: 0, steps: 1 };

/** Everybody's budgets: who has used what, and who may go on. */
export class Budgets {
  readonly ledger: Ledger;
  #options: BudgetsOptions;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.ledger = new Ledger(options.store);
  }

  /** Accounts of this session's work for this author, with the turn's own where one runs. */
  async accounts(
    meta: Pick<Meta, 'id' | 'repo' | 'budget'>,
    author: Author,
    turnId?: string,
  ): Promise<Account[]> {
    const { policy, teamsOf, clock } = this.#options;
    const teams = await teamsOf(author.userId);
    const spender: Spender = { sessionId: meta.id, repo: meta.repo, author, teams, own: meta.budget, turnId };
    return accountsOf(policy(), spender, clock());
  }

  /** What is used of each budget that this session's work counts for. */
  async states(meta: Pick<Meta, 'id' | 'repo' | 'budget'>, author: Author): Promise<Reached[]> {
    return this.ledger.read(await this.accounts(meta, author));
  }

  /** Every budget of today that something was used of; one that lost its limit since is none any more. */
  async today(): Promise<{ of: DailyOf; id: string; state: BudgetState }[]> {
    const { policy, clock } = this.#options;
    const nowMs = clock();
    const known = new Map<Account, { of: DailyOf; id: string }>();
    for (const { key, whose } of await this.ledger.chargedOn(nowMs)) {
      const read = readDailyKey(key);
      if (read) known.set(dailyAccount(policy(), { ...read, whose }, nowMs), read);
    }
    const states = await this.ledger.read([...known.keys()].filter(isLimited));
    return states.flatMap(({ account, state }) => {
      const read = known.get(account);
      return read ? [{ ...read, state }] : [];
    });
  }

  /**
   * What stands against a new turn: the first budget that is used up, and how long one may run by those of time. Null
   * where there is none.
   */
  async beforeTurn(
    meta: Pick<Meta, 'id' | 'repo' | 'budget'>,
    author: Author,
  ): Promise<{ reached: BudgetState | null; time: { leftMs: number; state: BudgetState } | null }> {
    const states = await this.states(meta, author);
    const reached = states.find(({ state }) => state.used >= state.limit)?.state ?? null;
    const times = states
      .filter(({ unit }) => unit === 'wallMs')
      .map(({ state }) => ({ leftMs: (state.limit - state.used) * 60_000, state }))
      .toSorted((a, b) => a.leftMs - b.leftMs);
    return { reached, time: times[0] ?? null };
  }

  /** Of every turn, where the policy says so. */
  turnLimitTokens(): number | undefined {
    return this.#options.policy().turn.tokens;
  }

  turnLimitMs(): number | undefined {
    const { minutes } = this.#options.policy().turn;
    return minutes === undefined ? undefined : minutes * 60_000;
  }

  /** Charges what a turn has used, and sets aside what its next step may use, where it takes one. */
  async charge(
    meta: Pick<Meta, 'id' | 'repo' | 'budget'>,
    run: Run,
    next: { usage: Usage | null } | null,
    /** Of a task of the turn, which is charged beside it: its time is the turn's. */
    taskId?: string,
  ): Promise<Charged> {
    const nowMs = this.#options.clock();
    const accounts = await this.accounts(meta, run.author, run.turnId);
    const reserve = next ? this.#amounts({ model: run.model, usage: next.usage ?? firstStep }) : null;
    const used = {
      ...this.#amounts(run),
      wallMs: taskId ? 0 : Math.max(0, nowMs - run.startedAtMs),
      sandboxMs: taskId || run.sandboxAtMs === undefined ? 0 : Math.max(0, nowMs - run.sandboxAtMs),
    };
    return this.ledger.step(accounts, { turnId: taskId ?? run.turnId, used, reserve, nowMs });
  }

  /** The account that somebody means. A team may be named where there are several. */
  async accountOf(
    meta: Pick<Meta, 'id' | 'repo' | 'budget'>,
    author: Author,
    { of, whose }: { of: BudgetOf; whose?: string | undefined },
  ): Promise<Account | null> {
    const found = (await this.accounts(meta, author)).filter(account => account.of === of);
    return found.find(account => whose === undefined || account.whose === whose) ?? null;
  }

  async stateOf(account: Account, unit: BudgetUnit): Promise<BudgetState | null> {
    const states = await this.ledger.read([account]);
    return states.find(({ state }) => state.unit === unit)?.state ?? null;
  }

  /** Adds to a limit, once per id. */
  async raise(
    account: Account,
    { id, unit, amount }: { id: string; unit: BudgetUnit; amount: number },
  ): Promise<void> {
    await this.ledger.raise(account, { id, ...toLedger(unit, amount) });
  }

  #amounts(run: Pick<Run, 'model' | 'usage' | 'besides'>): Amounts {
    const { usd } = runCost(run, this.#options.costOf);
    const { inputTokens, outputTokens } = run.usage;
    return {
      tokens: inputTokens + outputTokens,
      microUsd: Math.round(usd * 1_000_000),
      wallMs: 0,
      sandboxMs: 0,
    };
  }
}
