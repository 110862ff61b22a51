import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cancelUntil, nights } from '../src/stay.js';

test('nights of a stay', () => {
  assert.equal(nights('2026-03-01', '2026-03-04'), 3);
  assert.equal(cancelUntil('2026-03-04'), '2026-02-25');
});
