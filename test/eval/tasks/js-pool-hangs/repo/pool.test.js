import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapLimit } from './pool.js';

test('answers come in the order of the items', async () => {
  const answers = await mapLimit([3, 1, 2], 2, async n => {
    await new Promise(resolve => setTimeout(resolve, n));
    return n * 10;
  });
  assert.deepEqual(answers, [30, 10, 20]);
});
