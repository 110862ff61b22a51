import { type BudgetState, budgetReachedText, DeckhandError, noUsage } from '@deckhand/shared';
import { ModelFailure } from '../agent/modelError.ts';
import type { EventError } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { Interrupted } from './turnControl.ts';

/** How a turn ends, and why where it did not end well. */
export type End = NonNullable<Run['ending']> & { error?: EventError; budget?: BudgetState };

/** A budget is used up: the turn takes no further step, and its work is kept. */
export class OverBudget extends Error {
  override name = 'OverBudget';
  readonly budget: BudgetState;
  constructor(budget: BudgetState) {
    super(budgetReachedText(budget));
    this.budget = budget;
  }
}

const overBudget = (message: string, budget?: BudgetState): End => ({
  outcome: 'over_budget',
  error: { code: 'too_large', message },
  ...(budget ? { budget } : {}),
});

const goOn = 'What was done is kept; Continue goes on from there.';

export const reached = (budget: BudgetState): End =>
  overBudget(`${budgetReachedText(budget)} ${goOn}`, budget);

/** Of a turn that somebody stopped or whose time is over. */
export const cutShort = ({ kind }: Interrupted, { timeBudget, startedAtMs, deadlineAtMs }: Run): End => {
  if (kind === 'stopped') return { outcome: 'stopped' };
  // By then all of it is used.
  if (timeBudget) return reached({ ...timeBudget, used: timeBudget.limit });
  const limit = (deadlineAtMs - startedAtMs) / 60_000;
  return reached({ of: 'turn', unit: 'minutes', used: limit, limit, raisedBy: 'member' });
};

/** Of its own steps and of its tasks'. */
export const tokensOf = ({ usage, tasksUsage = noUsage }: Run): number =>
  usage.inputTokens + usage.outputTokens + tasksUsage.inputTokens + tasksUsage.outputTokens;

/** Where a turn has used what it may; null: it may take another step. */
export function overLimit(run: Run, maxSteps: number): End | null {
  const { tokenBudget, steps } = run;
  const tokens = tokensOf(run);
  if (tokens >= tokenBudget)
    return reached({ of: 'turn', unit: 'tokens', used: tokens, limit: tokenBudget, raisedBy: 'member' });
  if (steps >= maxSteps) return overBudget(`Step budget of ${maxSteps} reached. ${goOn}`);
  return null;
}

/** Of a turn that something expected cut short; null where it was a bug. */
export function endOf(cause: unknown, run: Run): End | null {
  if (cause instanceof Interrupted) return cutShort(cause, run);
  if (cause instanceof OverBudget) return reached(cause.budget);
  if (cause instanceof ModelFailure || cause instanceof DeckhandError)
    return { outcome: 'failed', error: { code: cause.code, message: cause.message } };
  return null;
}
