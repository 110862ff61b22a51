import { z } from 'zod';

const count = z.number().int().nonnegative();

/** `waiting`: the branch is pushed and its pull request is not opened yet; `waits` says for what. */
export const ChangeState = z.enum(['waiting', 'open', 'merged', 'closed']);

/** Place of a change among those that stand on each other, 1 the lowest. */
export const ChangeStack = z.object({ at: count, of: count });
export type ChangeStack = z.infer<typeof ChangeStack>;

/** Who said what of a pull request, counted by each reviewer's last word. */
export const ChangeReviews = z.object({
  approved: z.array(z.string()),
  changesRequested: z.array(z.string()),
  commented: z.array(z.string()),
  /** Asked for a review, and not answered yet. */
  requested: z.array(z.string()),
});
export type ChangeReviews = z.infer<typeof ChangeReviews>;

/** Checks of the change's newest commit. */
export const ChangeChecks = z.object({
  passed: count,
  failed: count,
  pending: count,
  /** For somebody to do something on GitHub, e.g. to approve a workflow. */
  waiting: count.optional(),
  /** Ended without a verdict. */
  cancelled: count.optional(),
  failing: z.array(z.object({ name: z.string(), url: z.string().optional() })),
});
export type ChangeChecks = z.infer<typeof ChangeChecks>;
