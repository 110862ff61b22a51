import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TtlCache } from './cache.js';

test('an entry is there until its time is over', () => {
  let now = 0;
  const cache = new TtlCache({ ttlMs: 10, clock: () => now });
  cache.set('a', 1);
  assert.equal(cache.get('a'), 1);
  now = 10;
  assert.equal(cache.get('a'), undefined);
  assert.equal(cache.size, 0);
});
