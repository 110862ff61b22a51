import { expect, test } from '@jest/globals';
import { singleFlight } from './singleFlight.ts';

test('who asks while it runs shares it, and the next begins anew', async () => {
  const flights = singleFlight<string, number>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    await Promise.resolve();
    return runs;
  };
  expect(await Promise.all([flights.run('a', work), flights.run('a', work), flights.run('b', work)])).toEqual(
    [2, 2, 2],
  );
  expect(await flights.run('a', work)).toBe(3);
});

test('a failure is shared and not kept', async () => {
  const flights = singleFlight<string, number>();
  const failing = () => {
    throw new Error('no');
  };
  const both = await Promise.allSettled([flights.run('a', failing), flights.run('a', failing)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(flights.running('a')).toBeUndefined();
  expect(await flights.run('a', async () => 1)).toBe(1);
});
