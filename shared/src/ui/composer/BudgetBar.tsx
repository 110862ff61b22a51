import { useState } from 'react';
import { type Client, newRequestId } from '../../client/index.ts';
import {
  type BudgetState,
  budgetAmount,
  budgetReachedText,
  goOnText,
  type Head,
  moreOfBudget,
} from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';

/** A budget ended the last turn, or a prompt waits for one: what goes on from here, and who may let it. */
export function BudgetBar({
  client,
  sessionId,
  head,
  onContinue,
}: {
  client: Client;
  sessionId: string;
  head: Head;
  onContinue: (text: string) => void;
}) {
  const { held, turn, queue, lastOutcome } = head;
  if (turn || (!held && lastOutcome !== 'over_budget') || (!held && queue.length > 0)) return null;
  const isOwn = !held || held.of === 'turn';
  return (
    <section className="dh-budget" data-testid="budget-bar" aria-label="Budget">
      <Icon name="warning" />
      <span className="dh-budget-words">
        {held ? budgetReachedText(held) : 'This turn took as many steps as one may.'}
        {queue.length > 0 && ' What waits runs once it is raised.'}
      </span>
      {isOwn || !held ? (
        <button
          type="button"
          className="dh-button dh-button-primary"
          data-testid="continue"
          onClick={() => onContinue(goOnText)}
        >
          Continue
        </button>
      ) : (
        <Raise
          key={`${held.of} ${held.whose} ${held.unit} ${held.limit}`}
          client={client}
          sessionId={sessionId}
          budget={held}
          onRaised={() => queue.length === 0 && onContinue(goOnText)}
        />
      )}
    </section>
  );
}

/** Whoever may raises it; whoever may not asks those who do. */
function Raise({
  client,
  sessionId,
  budget,
  onRaised,
}: {
  client: Client;
  sessionId: string;
  budget: BudgetState;
  onRaised: () => void;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { of, whose, unit } = budget;
  if (of === 'turn') return null;
  const amount = moreOfBudget(budget);
  const wanted = () => ({
    ...{ sessionId, of, unit, amount, requestId: newRequestId() },
    ...(whose && of === 'team' ? { whose } : {}),
  });
  const act = async (command: 'budget.raise' | 'budget.ask') => {
    setBusy(true);
    const answer = await client.command(command, wanted());
    setBusy(false);
    if (answer.ok && command === 'budget.raise') return onRaised();
    setSaid(answer.ok ? 'Asked: somebody who may raise it must approve.' : answer.message);
  };
  return (
    <>
      <span className="dh-budget-buttons">
        <button
          type="button"
          className="dh-button dh-button-primary"
          data-testid="raise"
          disabled={busy}
          onClick={() => void act('budget.raise')}
        >
          Add {budgetAmount(unit, amount)}, continue
        </button>
        <button
          type="button"
          className="dh-button"
          data-testid="ask-raise"
          disabled={busy}
          onClick={() => void act('budget.ask')}
        >
          Ask for it
        </button>
      </span>
      {said && (
        <span className="dh-budget-said" role="status">
          {said}
        </span>
      )}
    </>
  );
}
