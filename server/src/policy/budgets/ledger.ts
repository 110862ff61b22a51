import type { BudgetState } from '@deckhand/shared';
import type { Redis } from 'ioredis';
import { type Account, type Amounts, dayOf, type LedgerUnit, ledgerUnits, stateOf } from './accounts.ts';
import { raiseScript, stepScript } from './scripts.ts';

/** All accounts are one slot of a cluster: a step is charged to several at once. */
export const accountKey = (key: string) => `dh:{budgets}:${key}`;

const dayKey = (nowMs: number) => accountKey(`charged-on:${dayOf(nowMs)}`);

/** From this share of a budget on its spenders are warned. */
export const warnShare = 0.8;
/** What a worker that died has set aside is free again. */
const reservedMs = 10 * 60_000;

export type Reached = { account: Account; unit: LedgerUnit; state: BudgetState };

export type Charged =
  | { kind: 'room'; warnings: Reached[] }
  /** Used up. */
  | { kind: 'reached'; reached: Reached; warnings: Reached[] }
  /** What other turns may use in the steps that they are at would use it up. */
  | { kind: 'busy'; warnings: Reached[] };

export type Step = {
  turnId: string;
  /** All that the turn has used so far: what of it is not charged yet is charged. */
  used: Amounts;
  /** What its next step may use; null where there is none. */
  reserve: Amounts | null;
  nowMs: number;
};

/** What everybody has used of which budget. */
export class Ledger {
  #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Charges a turn's accounts with what it has used since they were charged last, and sets aside what its next step may
   * use, where there is room in all of them. The same again, by a resend or a worker that took over, charges nothing twice.
   */
  async step(accounts: readonly Account[], { turnId, used, reserve, nowMs }: Step): Promise<Charged> {
    const [kind, at, warned] = (await stepScript(
      this.#redis,
      ...[
        accounts.length + 2,
        accountKey(`charged:${turnId}`),
        ...accounts.map(({ key }) => accountKey(key)),
        dayKey(nowMs),
        JSON.stringify({
          turnId,
          used,
          reserve,
          nowMs,
          untilMs: nowMs + reservedMs,
          warnShare,
          accounts: accounts.map(({ key, limits, keptMs, whose, untilMs }) => ({
            ...{ limits, keptMs, whose },
            ...(untilMs === undefined ? {} : { daily: key }),
          })),
        }),
      ],
    )) as [string, Found[], Found[]];
    const reachedOf = ([index, unit, spent, limit, raised]: Found): Reached[] => {
      const account = accounts[index - 1];
      if (!account) return [];
      return [{ account, unit, state: stateOf(account, { unit, used: spent, limit, raised }) }];
    };
    const warnings = warned.flatMap(reachedOf);
    const [reached] = at.flatMap(reachedOf);
    if (kind === 'reached' && reached) return { kind, reached, warnings };
    return { kind: kind === 'busy' ? 'busy' : 'room', warnings };
  }

  /** Accounts that something was charged to on this day, with whose they are. */
  async chargedOn(nowMs: number): Promise<{ key: string; whose: string }[]> {
    const found = await this.#redis.hgetall(dayKey(nowMs));
    return Object.entries(found).map(([key, whose]) => ({ key, whose }));
  }

  /** What is used of each limited unit of these. */
  async read(accounts: readonly Account[]): Promise<Reached[]> {
    const asked = this.#redis.pipeline();
    for (const { key } of accounts) asked.hgetall(accountKey(key));
    const answers = (await asked.exec()) ?? [];
    return accounts.flatMap((account, i) => {
      const [error, hash] = answers[i] ?? [null, {}];
      if (error) throw error;
      const fields = hash as Record<string, string>;
      return ledgerUnits.flatMap((unit): Reached[] => {
        const limit = account.limits[unit];
        if (limit === undefined) return [];
        const used = Number(fields[unit] ?? 0);
        const raised = Number(fields[`raised:${unit}`] ?? 0);
        return [{ account, unit, state: stateOf(account, { unit, used, limit, raised }) }];
      });
    });
  }

  /** Adds to a limit, once per id. */
  async raise(
    account: Pick<Account, 'key' | 'keptMs'>,
    raise: { id: string; unit: LedgerUnit; amount: number },
  ): Promise<void> {
    const { id, unit, amount } = raise;
    await raiseScript(this.#redis, accountKey(account.key), id, unit, amount, account.keptMs);
  }
}

type Found = [index: number, unit: LedgerUnit, used: number, limit: number, raised: number];
