import type { StatsGroup } from '@deckhand/shared';
import { statsCsvPath } from '@deckhand/shared/client';
import { type ReactNode, useCallback, useState } from 'react';
import { BudgetMeters } from '../Budgets.tsx';
import { client } from '../client.ts';
import { Picker } from '../Picker.tsx';
import { Funnel } from '../stats/Funnel.tsx';
import { GroupTable } from '../stats/GroupTable.tsx';
import { LineShares } from '../stats/LineShares.tsx';
import { firstDay, groupings, type Span, spans } from '../stats/query.ts';
import { Tiles } from '../stats/Tiles.tsx';
import { UseOverTime } from '../stats/UseOverTime.tsx';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';

const nowEveryMs = 5_000;
const countingEveryMs = 3_000;
const statsEveryMs = 60_000;

const budgetsEveryMs = 30_000;

const askNow = () => client.http['stats.now']({});
const askBudgets = () => client.http['budget.today']({});

/** What happened, counted. */
export function StatsPage() {
  useTitle('Statistics');
  const [days, setDays] = useState<Span>(30);
  const [groupBy, setGroupBy] = useState<StatsGroup>('client');
  const ask = useCallback(() => client.http.stats({ from: firstDay(days), groupBy }), [days, groupBy]);
  const { value: stats, failure } = usePolled(ask, value =>
    value && (!value.upToDate || value.lines.some(({ state }) => state === 'counting'))
      ? countingEveryMs
      : statsEveryMs,
  );
  const now = usePolled(askNow, () => nowEveryMs);
  const budgets = usePolled(askBudgets, () => budgetsEveryMs).value?.budgets ?? [];
  const query = { from: firstDay(days), groupBy };
  return (
    <main className="machine" data-testid="stats">
      <header className="session-head">
        <a href="/" className="home-link" aria-label="All sessions">
          <img src="/anchor.svg" alt="" width="24" height="24" />
        </a>
        <h1>Statistics</h1>
      </header>
      <div className="machine-body">
        <div className="stats-controls">
          <Picker label="Last" value={days} choices={spans} testId="span" onPick={setDays} />
          <Picker label="By" value={groupBy} choices={groupings} testId="group-by" onPick={setGroupBy} />
          <span className="stats-files">
            <a className="dh-button" href={statsCsvPath(query)} download data-testid="csv">
              Use as CSV
            </a>
            <a className="dh-button" href={statsCsvPath(query, 'changes')} download data-testid="changes-csv">
              Changes as CSV
            </a>
          </span>
        </div>
        {failure && (
          <p className="problem" role="alert">
            {failure.message}
          </p>
        )}
        {stats && (
          <>
            {!stats.upToDate && (
              <p className="waits" role="status">
                Sessions from before are still being counted.
              </p>
            )}
            <Tiles stats={stats} now={now.value} />
            {budgets.length > 0 && (
              <Part title="Budgets of today">
                <BudgetMeters budgets={budgets} />
              </Part>
            )}
            <Part title="From prompt to merge">
              <Funnel funnel={stats.funnel} />
            </Part>
            <Part title="Use over time">
              <UseOverTime stats={stats} />
            </Part>
            <Part title="Use">
              <GroupTable stats={stats} />
            </Part>
            <Part title="Lines that Deckhand wrote">
              <LineShares lines={stats.lines} />
            </Part>
          </>
        )}
      </div>
    </main>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="machine-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
