import assert from 'node:assert/strict';
import { test } from 'node:test';
import { price } from './price.js';

test('a price', () => {
  assert.equal(price(250, 4), 1000);
  assert.equal(price(3, 1), 5);
});

test('a price for many', () => {
  assert.equal(price(100, 10), 950);
  assert.equal(price(100, 100), 8500);
  assert.throws(() => price(1, 1.5), RangeError);
});

test('a price with a voucher', () => {
  assert.equal(price(250, 4, { voucher: 'ten' }), 900);
  assert.equal(price(100, 2, { voucher: 'SPRING' }), 0);
});
