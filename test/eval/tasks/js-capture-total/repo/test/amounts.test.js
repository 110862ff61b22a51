import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amounts } from '../src/cart/amounts.js';

test('amounts of a cart', () => {
  const lines = [{ cents: 2990, count: 2 }];
  assert.deepEqual(amounts({ lines, discountPercent: 10 }), { goods: 5980, discount: 598, shipping: 490 });
});
