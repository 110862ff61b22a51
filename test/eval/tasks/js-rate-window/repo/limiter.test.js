import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiter } from './limiter.js';

test('so many and no more', () => {
  const limiter = new RateLimiter({ limit: 2, windowMs: 1000 });
  assert.deepEqual([limiter.allow('a', 0), limiter.allow('a', 1), limiter.allow('a', 2)], [true, true, false]);
  assert.equal(limiter.allow('b', 2), true);
});
