import { type BudgetState, budgetAmount } from '@deckhand/shared';
import { useCallback } from 'react';
import { client } from './client.ts';
import { usePolled } from './usePolled.ts';

const everyMs = 10_000;
const nearlyUsed = 0.8;

const names = {
  turn: 'This turn',
  session: 'This session',
  person: 'Today',
  repository: 'Today',
  team: 'Today',
  day: 'Everybody today',
};

/** What is used of a session's budgets; nothing where none is set. */
export function Budgets({ sessionId }: { sessionId: string }) {
  const ask = useCallback(() => client.http['budget.get']({ sessionId }), [sessionId]);
  const { value } = usePolled(ask, () => everyMs);
  if (!value || value.budgets.length === 0) return null;
  return (
    <section className="side-part" aria-label="Budgets">
      <div className="side-title">
        <h2>Budgets</h2>
      </div>
      <BudgetMeters budgets={value.budgets} />
    </section>
  );
}

export function BudgetMeters({ budgets }: { budgets: readonly BudgetState[] }) {
  return (
    <div className="meters-narrow" data-testid="budgets">
      {budgets.map(budget => (
        <Meter key={`${budget.of} ${budget.whose} ${budget.unit}`} budget={budget} />
      ))}
    </div>
  );
}

function Meter({ budget: { of, whose, unit, used, limit } }: { budget: BudgetState }) {
  const name = whose ? `${whose}, ${names[of].toLowerCase()}` : names[of];
  const text = `${budgetAmount(unit, used)} of ${budgetAmount(unit, limit)}`;
  const share = limit > 0 ? Math.min(100, (100 * used) / limit) : 100;
  return (
    <div className="meter">
      <div className="meter-line">
        <span>{name}</span>
        <span className="dh-quiet">{text}</span>
      </div>
      <meter
        aria-label={name}
        aria-valuetext={text}
        min={0}
        max={limit || 1}
        value={Math.min(used, limit)}
        className={used >= limit * nearlyUsed ? 'meter-full' : ''}
        style={{ backgroundSize: `${share}% 100%` }}
      />
    </div>
  );
}
