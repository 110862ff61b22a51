import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { every } from './every.ts';

test('rounds never overlap, however long one takes', async () => {
  let at = 0;
  let most = 0;
  let rounds = 0;
  const third = Promise.withResolvers<void>();
  const repeated = every(
    1,
    async () => {
      at += 1;
      most = Math.max(most, at);
      await sleep(10);
      at -= 1;
      rounds += 1;
      if (rounds === 3) third.resolve();
    },
    () => {},
  );
  await third.promise;
  await repeated.stop();
  expect(most).toBe(1);
});

test('a round that fails is told, and the next comes all the same', async () => {
  const told: unknown[] = [];
  const second = Promise.withResolvers<void>();
  let rounds = 0;
  const repeated = every(
    1,
    async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('once');
      second.resolve();
    },
    error => told.push(error),
  );
  await second.promise;
  await repeated.stop();
  expect(told).toHaveLength(1);
});

test('asked for during a round, one more follows it', async () => {
  let rounds = 0;
  const gate = Promise.withResolvers<void>();
  const repeated = every(
    3_600_000,
    async () => {
      rounds += 1;
      if (rounds === 1) await gate.promise;
    },
    () => {},
  );
  void repeated.now();
  const after = repeated.now();
  const same = repeated.now();
  gate.resolve();
  await Promise.all([after, same]);
  expect(rounds).toBe(2);
  await repeated.stop();
  await repeated.now();
  expect(rounds).toBe(2);
});
