import type { BudgetUnit } from '@deckhand/shared';
import { z } from 'zod';
import { commit, type Op } from '../../sessions/store/commit.ts';
import { orgKeys, part, sessionKey } from '../../sessions/store/keys.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { Account } from './accounts.ts';
import { toLedger } from './accounts.ts';
import type { Ledger } from './ledger.ts';

/** A raise that somebody said yes to, as it waits in its session for the ledger. */
const Raise = z.object({
  id: z.string(),
  key: z.string(),
  keptMs: z.number(),
  unit: z.enum(['tokens', 'microUsd', 'wallMs', 'sandboxMs']),
  amount: z.number(),
});

/** What a yes writes: the ledger is another slot of a cluster, so that it is carried there behind. */
export function raiseOp(
  account: Account,
  { id, unit, amount }: { id: string; unit: BudgetUnit; amount: number },
): Op {
  const { key, keptMs } = account;
  return ['HSET', part.raises, id, JSON.stringify({ id, key, keptMs, ...toLedger(unit, amount) })];
}

/** Before a raise is asked for: whatever dies once somebody says yes, `carryRaises` finds it. */
export const indexRaise = (store: Store, sessionId: string, untilMs: number) =>
  store.zadd(orgKeys.raises, untilMs, sessionId);

/** Carries raises from a session to the ledger, each once. */
export async function carryRaises(store: Store, ledger: Ledger, sessionId: string): Promise<void> {
  const raises = await store.hgetall(sessionKey(sessionId, part.raises));
  for (const [id, text] of Object.entries(raises)) {
    const { key, keptMs, unit, amount } = Raise.parse(JSON.parse(text));
    await ledger.raise({ key, keptMs }, { id, unit, amount });
    await commit(store, sessionId, { checks: [], ops: [['HDEL', part.raises, id]] });
  }
}

/** The same for all sessions in which one was asked for; those whose question is over are forgotten. */
export async function carryAllRaises(store: Store, ledger: Ledger, nowMs: number): Promise<void> {
  for (const sessionId of await store.zrange(orgKeys.raises, '0', '199'))
    await carryRaises(store, ledger, sessionId);
  await store.zremrangebyscore(orgKeys.raises, '-inf', nowMs - 60_000);
}
