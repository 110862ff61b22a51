import {
  type BudgetState,
  budgetAmount,
  budgetReachedText,
  budgetUsedText,
  type CommandParsed,
  failure,
  limits,
  type Result,
  type Role,
} from '@deckhand/shared';
import type { Act, Acting } from '../identity/acting.ts';
import { authorOf, type Identity, may } from '../identity/identity.ts';
import { roleOf } from '../identity/roles.ts';
import type { Users } from '../identity/users.ts';
import type { Account } from '../policy/budgets/accounts.ts';
import type { Budgets } from '../policy/budgets/budgets.ts';
import { indexRaise, raiseOp } from '../policy/budgets/raises.ts';
import { askApproval } from '../sessions/approvals.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { bodyHash } from '../sessions/store/bodyHash.ts';
import { commit } from '../sessions/store/commit.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type BudgetCommandDeps = {
  store: Store;
  budgets: Budgets;
  act: Act;
  visible: Visible;
  users: Pick<Users, 'get'>;
  wake: Wake;
  clock: () => number;
};

/** A question that nobody answers is over after a day. */
const askedMs = 24 * 3_600_000;
const ranks: Record<Role, number> = { viewer: 0, member: 1, admin: 2 };

type Wanted = CommandParsed<'budget.raise'>;
type Found = { meta: Meta; acting: Acting; account: Account; state: BudgetState };

/** What is used of budgets, and more of them. */
export function budgetCommands(
  deps: BudgetCommandDeps,
): Pick<Handlers, 'budget.get' | 'budget.today' | 'budget.raise' | 'budget.ask'> {
  const { store, budgets, visible, wake, clock } = deps;
  return {
    async 'budget.get'(who, { sessionId }) {
      const { author } = authorOf(who);
      if (sessionId === undefined) {
        const states = await budgets.states({ id: '', repo: null, budget: {} }, author);
        return { ok: true, budgets: states.map(({ state }) => state).filter(({ of }) => of !== 'session') };
      }
      const seen = await visible.session(who, sessionId);
      if (!seen.ok) return seen;
      const states = await budgets.states(seen.meta, authorIn(seen.meta, who));
      return { ok: true, budgets: states.map(({ state }) => state) };
    },

    async 'budget.today'(who) {
      const found = await budgets.today();
      const repos = found.filter(({ of }) => of === 'repository').map(({ id }) => id);
      const [readable, user] = await Promise.all([visible.readable(who, repos), deps.users.get(who.userId)]);
      if (!readable.ok) return readable;
      const teams = user?.teams ?? [];
      const shown = found.filter(({ of, id }) => {
        if (of === 'repository') return readable.ids.has(id);
        if (may(who, 'admin') || of === 'day') return true;
        return of === 'person' ? id === who.userId : teams.includes(id);
      });
      const states = shown.map(({ state }) => state);
      return { ok: true, budgets: states.toSorted((a, b) => shareOf(b) - shareOf(a)) };
    },

    async 'budget.raise'(who, input) {
      const found = await find(deps, who, input);
      if (!found.ok) return found;
      const { acting, account, meta } = found;
      if (ranks[roleOf(acting.whose)] < ranks[account.raisedBy])
        return failure('not_found', `Only an ${account.raisedBy} may raise this budget: ask for it.`);
      const { unit, amount, requestId } = input;
      const id = `${acting.author.userId}|${requestId}`;
      await budgets.raise(account, { id, unit, amount });
      const budget = (await budgets.stateOf(account, unit)) ?? found.state;
      const text = `${acting.author.name} raised it by ${budgetAmount(unit, amount)}. ${budgetUsedText(budget)}`;
      await commit(store, meta.id, {
        checks: [],
        events: [
          {
            type: 'budget.raised',
            actor: acting.actor,
            data: { budget, amount, by: acting.author, text },
          },
        ],
      });
      await wake(meta.id);
      return { ok: true, budget };
    },

    async 'budget.ask'(who, input) {
      const found = await find(deps, who, input);
      if (!found.ok) return found;
      const { acting, account, meta, state } = found;
      const { unit, amount, requestId } = input;
      const id = bodyHash([acting.author.userId, requestId, input.of, unit, amount]).slice(0, 24);
      const approvalId = `budget-${id}`;
      const nowMs = clock();
      const more = budgetAmount(unit, amount);
      await indexRaise(store, meta.id, nowMs + askedMs);
      const asked = await askApproval(store, meta.id, {
        approvalId,
        kind: 'budget',
        text: `${acting.author.name} asks for ${more} more. ${budgetUsedText(state)}`,
        what: { action: `${more} more` },
        why: budgetReachedText(state).slice(0, limits.approvalWhyChars),
        who: account.raisedBy === 'admin' ? 'admin' : 'anyone',
        extents: ['once'],
        author: acting.author,
        expiresAtMs: nowMs + askedMs,
        actor: acting.actor,
        onYes: { kind: 'budget', ops: [raiseOp(account, { id: approvalId, unit, amount })] },
      });
      // Asked for before by the same request: its question stands.
      return asked.ok || asked.code === 'request_conflict' ? { ok: true, approvalId } : asked;
    },
  };
}

const shareOf = ({ used, limit }: BudgetState) => (limit > 0 ? used / limit : 1);

async function find(
  { budgets, act, visible }: BudgetCommandDeps,
  who: Identity,
  { sessionId, of, whose, unit, onBehalfOf }: Wanted,
): Promise<Result<Found>> {
  const acting = await act(who, onBehalfOf);
  if (!acting.ok) return acting;
  const seen = await visible.session(acting.whose, sessionId, { fresh: true });
  if (!seen.ok) return seen;
  const account = await budgets.accountOf(seen.meta, authorIn(seen.meta, acting.author), { of, whose });
  const state = account && (await budgets.stateOf(account, unit));
  if (!account || !state)
    return failure('bad_request', `There is no budget of ${unit} of ${whose ?? `the ${of}`} here.`);
  return { ok: true, meta: seen.meta, acting, account, state };
}

/** Whose budgets the session's work counts for: who wrote last, or whoever asks where nobody did. */
const authorIn = ({ authors }: Meta, who: { userId: string; name: string }) =>
  authors.find(({ userId }) => userId === who.userId) ??
  authors.at(-1) ?? { userId: who.userId, name: who.name };
