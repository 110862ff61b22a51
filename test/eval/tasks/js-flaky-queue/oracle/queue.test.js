import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from './queue.js';

const ticks = async n => {
  for (let i = 0; i < n; i++) await null;
};

test('jobs run in their order', async () => {
  const queue = new Queue();
  const done = [];
  const job = (name, n) => async () => {
    await ticks(n);
    done.push(name);
  };
  await Promise.all([queue.add(job('a', 50)), queue.add(job('b', 10)), queue.add(job('c', 0))]);
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('idle waits for jobs that others add meanwhile', async () => {
  const queue = new Queue();
  const seen = [];
  queue.add(async () => {
    seen.push(1);
    queue.add(async () => {
      await new Promise(resolve => setTimeout(resolve, 1));
      seen.push(2);
    });
  });
  await queue.idle();
  assert.deepEqual(seen, [1, 2]);
});
