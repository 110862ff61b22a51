import assert from 'node:assert/strict';
import { test } from 'node:test';
import { split } from '../src/split.ts';

test('the parts add up', () => {
  assert.deepEqual(split(10000, [1, 1, 1]), [3334, 3333, 3333]);
  assert.deepEqual(split(-10000, [1, 1, 1]), [-3334, -3333, -3333]);
});
