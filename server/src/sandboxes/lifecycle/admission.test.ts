import { afterEach, expect, jest, test } from '@jest/globals';
import { Capacity } from './admission.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('a measurement that fails leaves the figure before, so that nobody waits for the next one', async () => {
  const clock = jest.spyOn(Date, 'now');
  const never = new Promise<null>(() => {});
  const measured = { usedBytes: 7, totalBytes: 100 };
  const answers = [Promise.resolve(measured), Promise.reject(new Error('a sandbox ended')), never];
  const options: Partial<ConstructorParameters<typeof Capacity>[0]> = {
    memory: () => answers.shift() ?? never,
    disk: async () => null,
  };
  const capacity = new Capacity(options as ConstructorParameters<typeof Capacity>[0]);
  for (const atMs of [10_000, 20_000, 30_000, 40_000]) {
    clock.mockReturnValue(atMs);
    expect((await capacity.use()).memory.usedBytes).toBe(7);
    // What is measured behind is over by then.
    await new Promise(resolve => setImmediate(resolve));
  }
  expect(answers).toEqual([]);
});

test('an engine that never says what is used holds up the first who asks for a moment, and nobody after that', async () => {
  const never = new Promise<null>(() => {});
  const asked: string[] = [];
  const options: Partial<ConstructorParameters<typeof Capacity>[0]> = {
    memory: () => {
      asked.push('memory');
      return never;
    },
    disk: async () => null,
    patienceMs: 20,
  };
  const capacity = new Capacity(options as ConstructorParameters<typeof Capacity>[0]);
  expect((await capacity.use()).memory.budgetBytes).toBe(Number.POSITIVE_INFINITY);
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  expect((await capacity.use()).memory.budgetBytes).toBe(Number.POSITIVE_INFINITY);
  expect(asked).toHaveLength(2);
  clock.mockRestore();
});
