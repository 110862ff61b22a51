import { type BudgetState, budgetReachedText } from '@deckhand/shared';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';

/** A prompt waits for a budget: everybody is told once of each. */
export async function tellHeld(
  store: Store,
  writer: TurnWriter,
  { promptId, budget }: { promptId: string; budget: BudgetState },
): Promise<void> {
  const { of, whose = '', unit, limit, until = '' } = budget;
  const held = [promptId, of, whose, unit, limit, until].join(' ');
  if ((await store.hget(sessionKey(writer.sessionId, part.meta), 'held')) === held) return;
  const orLater = until ? ' or that time has come' : '';
  const text = `${budgetReachedText(budget)} Your prompt is kept, and runs once the budget is raised${orLater}.`;
  await writer.record([{ type: 'budget.reached', actor: systemActor, data: { promptId, budget, text } }], {
    held,
  });
}
