import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report } from './report.js';

test('means of shops and of all', () => {
  assert.deepEqual(report([{ name: 'A', sales: [1, 2] }, { name: 'B', sales: [4] }]), ['A 1.50', 'B 4.00', 'All 2.75']);
});

test('a shop without sales is 0.00 and does not count', () => {
  assert.deepEqual(report([{ name: 'A', sales: [] }, { name: 'B', sales: [4] }]), ['A 0.00', 'B 4.00', 'All 4.00']);
});
