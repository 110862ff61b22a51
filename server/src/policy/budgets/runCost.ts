import type { Usage } from '@deckhand/shared';
import type { CostOf } from '../../sessions/run/sessionUse.ts';
import type { Run } from '../../sessions/store/meta.ts';

export type { CostOf };

/**
 * What a turn has cost in USD so far, each model's part at its own price. `isWhole`: the prices of all are known; what
 * has no known price counts for nothing.
 */
export function runCost(
  { model, usage, besides = {} }: Pick<Run, 'model' | 'usage' | 'besides'>,
  costOf: CostOf,
): { usd: number; isWhole: boolean } {
  const others = Object.entries(besides);
  const own = others.reduce((rest, [, used]) => minus(rest, used), usage);
  const costs = [costOf(model, own), ...others.map(([name, used]) => costOf(name, used))];
  const microUsd = costs.reduce<number>((sum, cost = 0) => sum + Math.round(cost * 1_000_000), 0);
  return { usd: microUsd / 1_000_000, isWhole: costs.every(cost => cost !== undefined) };
}

const minus = (all: Usage, part: Usage): Usage => ({
  inputTokens: all.inputTokens - part.inputTokens,
  outputTokens: all.outputTokens - part.outputTokens,
  cachedInputTokens: all.cachedInputTokens - part.cachedInputTokens,
  steps: all.steps,
});
