import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prices } from '../src/import.js';

test('prices are cents by article number', () => {
  assert.deepEqual([...prices('article,price\nA1,2.50\nB2,10')], [['A1', 250], ['B2', 1000]]);
});
