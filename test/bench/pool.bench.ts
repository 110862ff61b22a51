import { ms, p50p95, p50Ratio, percentile, type Row, serverBench } from './figures.ts';

/** Claims while the pool refills and others hold twenty sandboxes; the refills. */
export async function run(): Promise<Row[]> {
  const figures = (await serverBench('pool.bench.ts')) as Record<string, number[]>;
  const of = (name: string) => figures[name] ?? [];
  const claim = percentile(of('claim'), 0.95);
  const refills = of('refill');
  const perMinute = (60_000 * refills.length) / refills.reduce((sum, each) => sum + each, 0);
  return [
    {
      what: 'Claim from the pool, its bridge open, while the next is made',
      ours: p50p95(of('claim')),
      bare: `docker create+start ${p50p95(of('bare'))}`,
      ratio: p50Ratio(of('claim'), of('bare')),
      target: 'p95 20 ms',
      met: claim <= 20,
      parts: [
        ['records read, ownership changed', p50p95(of('record'))],
        ['runtime told its session', p50p95(of('hands'))],
      ],
    },
    {
      what: 'The same, until the branch is the session’s and a first read answered',
      ours: p50p95(of('until a first read')),
      bare: `docker create+start, then a docker exec ${ms(percentile(of('bare'), 0.5) + percentile(of('bare exec'), 0.5))}`,
      ratio:
        percentile(of('until a first read'), 0.5) /
        (percentile(of('bare'), 0.5) + percentile(of('bare exec'), 0.5)),
      parts: [
        ['branch and author', p50p95(of('branch'))],
        ['first read', p50p95(of('first read'))],
      ],
    },
    {
      what: `Pool refill, one after the other: ${Math.round(perMinute)} a minute`,
      ours: `${p50p95(refills)} each`,
      bare: `docker create+start ${p50p95(of('bare'))}`,
      ratio: p50Ratio(refills, of('bare')),
      parts: [['(what the engine uses is measured, when older than 3 s)', p50p95(of('memory measured'))]],
    },
  ];
}
