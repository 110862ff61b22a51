import { queryObjects } from 'node:v8';
import { expect, test } from '@jest/globals';
import { git } from './git.ts';
import { timeLimit } from './timeLimit.ts';

/** Signals that are alive in this process. */
const signals = () => Number(queryObjects(AbortSignal, { format: 'count' }));

test('a limit ends what it bounds when its time is up, and says that it was the time', async () => {
  const stop = new AbortController();
  using short = timeLimit(1, stop.signal);
  await new Promise(resolve => short.signal.addEventListener('abort', resolve));
  expect([short.isLate(), (short.signal.reason as Error).name]).toEqual([true, 'TimeoutError']);
  using long = timeLimit(60_000, stop.signal);
  stop.abort(new Error('let go'));
  expect([long.isLate(), (long.signal.reason as Error).message]).toEqual([false, 'let go']);
});

test('work that was done in time leaves nothing of its limit behind', async () => {
  const stop = new AbortController();
  await git(['version'], { signal: stop.signal });
  const before = signals();
  for (let i = 0; i < 20; i++) await git(['version'], { signal: stop.signal });
  // Those of the last run may still be seen by what ends it.
  expect(signals() - before).toBeLessThan(8);
});
