import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { OnBehalfOf, Role } from './people.ts';

/** Whose a budget is. Of a person, a repository and a team it is a day's; `day` is everybody's together. */
export const BudgetOf = z.enum(['turn', 'session', 'person', 'repository', 'team', 'day']);
export type BudgetOf = z.infer<typeof BudgetOf>;

/** `usd` by the price table; `minutes` of turns that ran; `sandboxMinutes` of those in which they had a sandbox. */
export const BudgetUnit = z.enum(['tokens', 'usd', 'minutes', 'sandboxMinutes']);
export type BudgetUnit = z.infer<typeof BudgetUnit>;

/** What is used of a budget. */
export const BudgetState = z.object({
  of: BudgetOf,
  /** Of whom: a person's name, a repository, a team; absent of a turn, a session and the day. */
  whose: z.string().optional(),
  unit: BudgetUnit,
  used: z.number().nonnegative(),
  limit: z.number().nonnegative(),
  /** What of the limit somebody has added. */
  raised: z.number().nonnegative().optional(),
  /** When it begins anew; absent where it does not. */
  until: z.iso.datetime().optional(),
  /** Whoever has this role may raise it. */
  raisedBy: Role,
});
export type BudgetState = z.infer<typeof BudgetState>;

const unitNames: Record<BudgetUnit, string> = {
  tokens: 'Token',
  usd: 'Money',
  minutes: 'Time',
  sandboxMinutes: 'Sandbox time',
};

const whoseText = ({ of, whose }: Pick<BudgetState, 'of' | 'whose'>): string => {
  switch (of) {
    case 'turn':
      return 'this turn';
    case 'session':
      return 'this session';
    case 'day':
      return 'everybody today';
    default:
      return `${of === 'team' ? `team ${whose}` : whose} today`;
  }
};

/** `1,234 tokens`, `$1.20`, `12 minutes`. */
export function budgetAmount(unit: BudgetUnit, amount: number): string {
  if (unit === 'usd') return `$${amount.toFixed(2)}`;
  const number = amount.toLocaleString('en', { maximumFractionDigits: unit === 'tokens' ? 0 : 1 });
  if (unit === 'tokens') return `${number} tokens`;
  return `${number} ${unit === 'sandboxMinutes' ? 'sandbox ' : ''}minutes`;
}

/** What somebody who wants more may ask for: as much again as there was at first. */
export const moreOfBudget = ({ limit, raised = 0 }: BudgetState): number =>
  limit - raised > 0 ? limit - raised : limit || 1;

/** `Token budget reached: 1,200 of 1,000 tokens used by Ana today.` */
export function budgetReachedText(budget: BudgetState): string {
  return `${unitNames[budget.unit]} budget reached: ${usedText(budget)}${untilText(budget)}.`;
}

/** `Token budget: 800 of 1,000 tokens used by this session.` */
export const budgetUsedText = (budget: BudgetState) =>
  `${unitNames[budget.unit]} budget: ${usedText(budget)}.`;

function usedText(budget: BudgetState): string {
  const { unit, used, limit } = budget;
  const most = budgetAmount(unit, limit);
  const [number] = unit === 'usd' ? [budgetAmount(unit, used)] : budgetAmount(unit, used).split(' ');
  return `${number} of ${most} used by ${whoseText(budget)}`;
}

const untilText = ({ until }: BudgetState) =>
  until ? `; it begins anew at ${until.slice(0, 16).replace('T', ' ')} UTC` : '';

const sessionId = idOf('session');
const amount = z.number().positive().max(1_000_000_000);
const which = {
  sessionId,
  of: BudgetOf.exclude(['turn']),
  /** Of the team of that name, where somebody is in several. */
  whose: z.string().max(200).optional(),
  unit: BudgetUnit,
  /** How much more, in its unit. */
  amount,
  requestId: z.string().min(1).max(100),
  onBehalfOf: OnBehalfOf.optional(),
};

/** Budgets as a session meets them. A turn's own is not raised: the next turn goes on with a new one. */
export const budgetCommands = {
  /** Of a session and all that its next turn counts for; without one, the day's and your own. */
  'budget.get': {
    input: z.object({ sessionId: sessionId.optional() }),
    output: z.object({ budgets: z.array(BudgetState) }),
    http: http('GET', '/budgets'),
    socket: false,
  },
  /**
   * Of today, those that something was used of: your own, your teams', of repositories that you may read, and everybody's
   * together; all of them for admins. Those nearest to their end first.
   */
  'budget.today': {
    input: z.object({}),
    output: z.object({ budgets: z.array(BudgetState) }),
    http: http('GET', '/budgets/today'),
    socket: false,
  },
  /** By whoever has the role. What waits in the session for it goes on. */
  'budget.raise': {
    input: z.object(which),
    output: z.object({ budget: BudgetState }),
    http: http('POST', '/sessions/:sessionId/budget'),
    socket: true,
  },
  /** Asks whoever may for it: an approval of kind `budget` in the session. */
  'budget.ask': {
    input: z.object(which),
    output: z.object({ approvalId: z.string() }),
    http: http('POST', '/sessions/:sessionId/budget/ask', 201),
    socket: true,
  },
} as const;
