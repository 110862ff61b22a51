import assert from 'node:assert/strict';
import { test } from 'node:test';
import { price } from './price.js';

test('a price', () => {
  assert.equal(price(250, 4), 1000);
});
