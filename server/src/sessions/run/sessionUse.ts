import type { Usage, Use } from '@deckhand/shared';
import type { Meta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { readRun } from './runState.ts';
import { readSteps } from './stepRecords.ts';
import { readTurns } from './turnRecords.ts';

/** In USD; undefined where the model's price is not known. */
export type CostOf = (model: string, usage: Usage) => number | undefined;

/**
 * What a session has used by now, its tasks' steps among it: by the records of its steps, each at its own model's price.
 * What a fork has of its original was used there.
 */
export async function sessionUse(
  store: Store,
  meta: Meta,
  { costOf, nowMs }: { costOf: CostOf; nowMs: number },
): Promise<Use> {
  const sinceMs = Date.parse(meta.createdAt);
  const [steps, turns, { turn }] = await Promise.all([
    readSteps(store, meta.id),
    readTurns(store, meta.id),
    readRun(store, meta.id),
  ]);
  const own = steps.filter(({ atMs }) => atMs >= sinceMs);
  const costs = own.map(({ model, usage }) => costOf(model, { ...usage, steps: 1 }));
  const ranMs = turns
    .filter(({ startedAtMs = 0 }) => startedAtMs >= sinceMs)
    .reduce((sum, { startedAtMs = 0, atMs }) => sum + atMs - startedAtMs, 0);
  const runsMs = turn ? (turn.parkedAtMs ?? nowMs) - turn.startedAtMs : 0;
  const known = costs.flatMap(cost => cost ?? []);
  return {
    tokens: own.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0),
    ...(known.length === costs.length && costs.length > 0
      ? { costUsd: known.reduce((sum, cost) => sum + cost, 0) }
      : {}),
    durationMs: Math.max(0, Math.round(ranMs + runsMs)),
  };
}
