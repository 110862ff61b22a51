import { BudgetOf, BudgetUnit, Role } from '@deckhand/shared';
import { z } from 'zod';

const Limits = z.partialRecord(BudgetUnit, z.number().nonnegative());
export type Limits = z.infer<typeof Limits>;

const named = z.record(z.string().min(1), Limits).default({});

/**
 * The `budgets:` key of the organisation's policy file. Of a person, a repository and a team the limits are a day's;
 * `day` is everybody's together. Under `people` (userId), `repositories` (id) and `teams` (`org/team`) stand others for some.
 */
export const BudgetPolicy = z.strictObject({
  turn: Limits.default({}),
  session: Limits.default({}),
  person: Limits.default({}),
  repository: Limits.default({}),
  team: Limits.default({}),
  day: Limits.default({}),
  people: named,
  repositories: named,
  teams: named,
  /** From which role on somebody may raise a budget of this kind. */
  raise: z.partialRecord(BudgetOf, Role.exclude(['viewer'])).default({}),
});
export type BudgetPolicy = z.infer<typeof BudgetPolicy>;

export const noBudgets: BudgetPolicy = BudgetPolicy.parse({});

/** Of the parsed key; `undefined` where the file has none. */
export function parseBudgets(
  key: unknown,
): { ok: true; budgets: BudgetPolicy } | { ok: false; message: string } {
  const parsed = BudgetPolicy.safeParse(key ?? {});
  if (parsed.success) return { ok: true, budgets: parsed.data };
  const issue = parsed.error.issues[0];
  const where = ['budgets', ...(issue?.path ?? [])].join('.');
  return { ok: false, message: `${where}: ${issue?.message ?? 'not as documented'}` };
}

/** Whoever may raise one: members a session's, admins what counts for others, too. */
export const raisedBy = (policy: BudgetPolicy, of: BudgetOf): Role =>
  policy.raise[of] ?? (of === 'turn' || of === 'session' ? 'member' : 'admin');
