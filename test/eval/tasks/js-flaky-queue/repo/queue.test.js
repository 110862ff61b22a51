import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from './queue.js';

const done = [];
const later = (name, ms) => () =>
  new Promise(resolve => setTimeout(() => resolve(done.push(name)), ms * Math.random()));

test('jobs run in their order', async () => {
  const queue = new Queue();
  queue.add(later('a', 20));
  queue.add(later('b', 10));
  queue.add(later('c', 1));
  await new Promise(resolve => setTimeout(resolve, 25));
  assert.equal(done.length, 3);
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
  await new Promise(resolve => setTimeout(resolve, 2));
  assert.deepEqual(seen, [1, 2]);
});
