import { readFileSync } from 'node:fs';
import { poolSize } from '../../src/sandboxes/pool/poolSize.ts';
import { generateTrace, readTrace } from '../helpers/demandTrace.ts';
import { oracle, type Replayed, replay } from '../helpers/replay.ts';

/**
 * A demand trace through the pool, beside pools of a fixed size; prints JSON. Run by `npm run bench`. Its argument is
 * a recorded trace, a line each of epoch milliseconds and repository; without one a generated trace is played.
 */
const [file] = process.argv.slice(2);
const trace = file ? readTrace(readFileSync(file, 'utf8')) : generateTrace();
const max = 4;
const total = 8;
const fixedSizes = [0, 1, 2, 3, 4];

type Sized = Replayed & { name: string };

const played = (refillMs: number): Sized[] => {
  const ours = (min: number): Sized => ({
    name: `by demand, at least ${min}`,
    ...replay(trace, {
      refillMs,
      total,
      sizing: (askedAtMs, nowMs) => poolSize({ askedAtMs, nowMs, min, max, refillMs }),
    }),
  });
  // A fixed size has no total to keep within: it gets what it names.
  const fixed = (size: number): Sized => ({
    name: `always ${size}`,
    ...replay(trace, { refillMs, total: Number.POSITIVE_INFINITY, sizing: () => size }),
  });
  return [
    ours(0),
    ours(1),
    ...fixedSizes.map(fixed),
    { name: 'who knew the trace', ...oracle(trace, refillMs) },
  ];
};

const days = trace.length > 0 ? ((trace.at(-1)?.atMs ?? 0) - (trace[0]?.atMs ?? 0)) / 86_400_000 : 0;
process.stdout.write(
  JSON.stringify({
    trace: { requests: trace.length, days, repos: new Set(trace.map(({ repoId }) => repoId)).size },
    refills: [500, 2_000, 60_000].map(refillMs => ({ refillMs, sizes: played(refillMs) })),
  }),
);
