import type { StatsEvery } from '@deckhand/shared';
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { type Bucket, bucketName } from './overTime.ts';

type Props = {
  names: readonly string[];
  buckets: readonly Bucket[];
  every: StatsEvery;
  write: (n: number) => string;
};

/** Drawn for the eye; the table beside it says the same. */
export default function UseChart({ names, buckets, every, write }: Props) {
  const data = buckets.map(({ at, values }) => ({ at: bucketName(at, every), ...values }));
  return (
    <div className="chart" aria-hidden="true" data-testid="use-chart">
      <ResponsiveContainer width="100%" height={260}>
        <BarChart data={data} accessibilityLayer={false} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
          <CartesianGrid vertical={false} stroke="var(--dh-border)" />
          <XAxis dataKey="at" tickLine={false} minTickGap={24} stroke="var(--dh-border-strong)" tick={tick} />
          <YAxis
            allowDecimals={false}
            width={44}
            tickLine={false}
            axisLine={false}
            tick={tick}
            tickFormatter={(n: number) => write(n)}
          />
          <Tooltip
            cursor={{ fill: 'var(--dh-sunken)' }}
            isAnimationActive={false}
            formatter={value => write(Number(value))}
            contentStyle={tip}
            labelStyle={{ color: 'var(--dh-ink)' }}
          />
          <Legend itemSorter={null} formatter={name => <span className="legend">{String(name)}</span>} />
          {names.map((name, n) => (
            <Bar
              key={name}
              dataKey={name}
              stackId="all"
              fill={`var(--chart-${n + 1})`}
              isAnimationActive={false}
            />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

const tick = { fill: 'var(--dh-muted)', fontSize: 12 };
const tip = {
  border: '1px solid var(--dh-border-strong)',
  borderRadius: 'var(--dh-radius-small)',
  background: 'var(--dh-surface)',
  fontSize: 13,
};
