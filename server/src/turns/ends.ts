import type { EventError } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Interrupted } from './turnControl.ts';

/** How a turn ends, and why where it did not end well. */
export type End = NonNullable<Run['ending']> & { error?: EventError };

const overBudget = (message: string): End => ({
  outcome: 'over_budget',
  error: { code: 'too_large', message },
});

/** Of a turn that somebody stopped or whose time is over. */
export const cutShort = ({ kind }: Interrupted): End =>
  kind === 'stopped'
    ? { outcome: 'stopped' }
    : overBudget('The turn ran out of time. Prompt again to go on.');

/** Where a turn has used what it may; null: it may take another step. */
export function overLimit({ usage, tokenBudget, steps }: Run, maxSteps: number): End | null {
  const tokens = usage.inputTokens + usage.outputTokens;
  if (tokens >= tokenBudget)
    return overBudget(`The turn used ${tokens} tokens of its ${tokenBudget}. Prompt again to go on.`);
  if (steps >= maxSteps)
    return overBudget(`The turn took ${steps} steps, the most allowed. Prompt again to go on.`);
  return null;
}
