import type { Stats } from '@deckhand/shared';
import { count, usd } from '@deckhand/shared/ui';
import { lazy, Suspense, useMemo, useState } from 'react';
import { Picker } from '../Picker.tsx';
import { bucketName, bucketsOf } from './overTime.ts';
import { type Measure, measures } from './query.ts';

/** The charts are as large as all the rest: they come when they are looked at. */
const UseChart = lazy(() => import('./UseChart.tsx'));

export function UseOverTime({ stats }: { stats: Stats }) {
  const [measure, setMeasure] = useState<Measure>('prompts');
  const { names, buckets } = useMemo(() => bucketsOf(stats, measure), [stats, measure]);
  const write = measure === 'costUsd' ? usd : count;
  const named = measures.find(({ value }) => value === measure)?.name ?? '';
  return (
    <div className="card use-over-time">
      <Picker label="Show" value={measure} choices={measures} testId="measure" onPick={setMeasure} />
      {names.length === 0 ? (
        <p className="dh-empty">Nothing in this period.</p>
      ) : (
        <>
          <Suspense fallback={<div className="chart-room" />}>
            <UseChart names={names} buckets={buckets} every={stats.every} write={write} />
          </Suspense>
          <details>
            <summary data-testid="use-as-table">As a table</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls with the keyboard */}
            <section className="table-room" tabIndex={0} aria-label={`${named} over time`}>
              <table data-testid="use-table">
                <thead>
                  <tr>
                    <th scope="col">{{ day: 'Day', week: 'Week from', month: 'Month' }[stats.every]}</th>
                    {names.map(name => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {buckets.map(({ at, values }) => (
                    <tr key={at}>
                      <th scope="row">{bucketName(at, stats.every)}</th>
                      {names.map(name => (
                        <td key={name}>{write(values[name] ?? 0)}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </details>
        </>
      )}
    </div>
  );
}
