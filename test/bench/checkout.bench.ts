import { ms, p50p95, p50Ratio, percentile, type Row, serverBench } from './figures.ts';

/** The first work tree of a large repository: 27,000 files, the mirror there, nothing in the sandbox. */
export async function run(): Promise<Row[]> {
  const figures = (await serverBench('checkout.bench.ts')) as Record<string, number[]>;
  const of = (name: string) => figures[name] ?? [];
  return [
    {
      what: 'Work tree of 27,000 files in an empty sandbox, from the mirror',
      ours: p50p95(of('ours')),
      bare: `git clone --local of the same on the host ${p50p95(of('bare'))}`,
      ratio: p50Ratio(of('ours'), of('bare')),
      target: '5 s',
      met: percentile(of('ours'), 0.5) < 5_000,
      parts: [
        ['git status in there afterwards', p50p95(of('status'))],
        ['(the mirror, once, from a folder)', ms(percentile(of('mirror'), 0.5))],
      ],
    },
  ];
}
