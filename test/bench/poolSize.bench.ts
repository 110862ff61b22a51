import { type Row, serverBench } from './figures.ts';

type Sized = { name: string; hits: number; requests: number; idleHours: number };
type Report = {
  trace: { requests: number; days: number; repos: number };
  refills: { refillMs: number; sizes: Sized[] }[];
};

/**
 * What the pool's sizing would have done with two weeks of requests. The trace is generated (it says what it has of
 * life where it is made), unless DECKHAND_BENCH_TRACE names a recorded one: CSV, a line each of epoch milliseconds and
 * repository. A server's own of the last eight days:
 * `redis-cli ZRANGE dh:demand:REPO 0 -1 WITHSCORES | awk -v r=REPO 'NR % 2 == 0 {print $1 "," r}'`.
 */
export async function run(): Promise<Row[]> {
  const file = process.env.DECKHAND_BENCH_TRACE;
  const { trace, refills } = (await serverBench('poolSize.bench.ts', ...(file ? [file] : []))) as Report;
  const kind = file ? `recorded in ${file}` : 'generated';
  return refills.map(({ refillMs, sizes }) => {
    const fixed = sizes.filter(({ name }) => name.startsWith('always'));
    const ours = sizes.filter(({ name }) => name.startsWith('by demand'));
    const isBetter = ours.every(each => hitShare(each) - fixedAtCost(fixed, each.idleHours) > -withinShare);
    return {
      what: `Pool over ${trace.requests} requests in ${Math.round(trace.days)} days for ${trace.repos} repositories (${kind}), a refill taking ${refillMs / 1000} s`,
      ours: ours.map(shown).join('; '),
      bare: `fixed sizes of the same idle time: ${ours.map(each => percent(fixedAtCost(fixed, each.idleHours))).join('; ')}`,
      target: 'no fewer served than by a fixed size of the same idle time',
      met: isBetter,
      parts: sizes.map(each => [each.name, shown(each)]),
    };
  });
}

/** A request in a thousand is no difference. */
const withinShare = 0.001;
const hitShare = ({ hits, requests }: Sized) => hits / requests;
const percent = (share: number) => `${(share * 100).toFixed(1)} % served`;
const shown = (each: Sized) => `${percent(hitShare(each))}, ${Math.round(each.idleHours)} h idle`;

/** What fixed sizes serve at this cost, between two of them in proportion. */
function fixedAtCost(fixed: Sized[], idleHours: number): number {
  const next = fixed.findIndex(each => each.idleHours >= idleHours);
  const [above, below] = [fixed[next], fixed[next - 1]];
  if (!above || !below) return above ? 0 : 1;
  const share = (idleHours - below.idleHours) / (above.idleHours - below.idleHours);
  return hitShare(below) + share * (hitShare(above) - hitShare(below));
}
