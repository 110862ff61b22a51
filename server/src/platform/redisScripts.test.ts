import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type RedisProxy, redisProxy } from '../../test/helpers/redisProxy.ts';
import { openTestStore } from '../../test/helpers/testStore.ts';
import type { Store } from '../sessions/store/store.ts';
import { compareAndSet } from './compareAndSet.ts';
import { releaseLock, renewLock, takeLock } from './lock.ts';
import { script } from './script.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let proxy: RedisProxy;
/** Its wire to Redis breaks where a test says so. */
let broken: Store;
beforeAll(async () => {
  opened = await openTestStore();
  proxy = await redisProxy(opened.url);
  broken = opened.connect(proxy.url);
});
afterAll(async () => {
  broken.disconnect();
  await proxy.close();
  await opened.close();
});
beforeEach(() => opened.store.flushall());

const key = 'dh:records';
const fieldOf = (field: string) => opened.store.hget(key, field);

test('of several who saw the same one wins, and the others know', async () => {
  const tries = ['a', 'b', 'c'].map(next =>
    compareAndSet(opened.store, { key, field: 'one', expected: '', next }),
  );
  expect((await Promise.all(tries)).filter(won => won)).toHaveLength(1);
  const now = (await fieldOf('one')) ?? '';
  expect(await compareAndSet(opened.store, { key, field: 'one', expected: 'other', next: 'x' })).toBe(false);
  expect(await compareAndSet(opened.store, { key, field: 'one', expected: now, next: '' })).toBe(true);
  expect(await fieldOf('one')).toBeNull();
});

test.each([
  { what: 'made', before: '', next: 'made-once' },
  { what: 'changed', before: 'known', next: 'changed-once' },
  { what: 'deleted', before: 'deleted-once', next: '' },
])('who won hears so although the answer was lost: $what', async ({ before, next }) => {
  if (before) await opened.store.hset(key, 'two', before);
  const cut = proxy.cutAnswerOf(next || before);
  expect(await compareAndSet(broken, { key, field: 'two', expected: before, next })).toBe(true);
  await cut;
  expect((await fieldOf('two')) ?? '').toBe(next);
});

test('who won and was overtaken before it asked again is still told that it won, and overwrites nothing', async () => {
  await opened.store.hset(key, 'three', 'before');
  // The command arrives, its answer does not; before it is sent again another goes on from there.
  const cut = proxy.cutAnswerOf('mine');
  const mine = compareAndSet(broken, { key, field: 'three', expected: 'before', next: 'mine' });
  await cut;
  while (!(await compareAndSet(opened.store, { key, field: 'three', expected: 'mine', next: 'theirs' })));
  expect(await mine).toBe(true);
  expect(await fieldOf('three')).toBe('theirs');
});

test('equal texts of two callers are two writes: one wins', async () => {
  const write = { key, field: 'four', expected: '', next: 'same' };
  const both = await Promise.all([compareAndSet(opened.store, write), compareAndSet(broken, write)]);
  expect(both.toSorted()).toEqual([false, true]);
});

test('what remembers a winner lies in the slot of its hash, and goes', async () => {
  await compareAndSet(opened.store, { key, field: 'five', expected: '', next: 'x' });
  await compareAndSet(opened.store, { key: '{ses_1}:x', field: 'five', expected: '', next: 'x' });
  const remembered = (await opened.store.keys('*:won:*')).toSorted();
  expect(remembered.map(name => name.replace(/:won:.*/, ''))).toEqual(['{dh:records}', '{ses_1}:x']);
  for (const name of remembered) expect(await opened.store.ttl(name)).toBeGreaterThan(0);
});

test('a lock has one owner, who may renew it and give it back', async () => {
  const held = { key: 'dh:lock', ttlMs: 60_000 };
  expect(await takeLock(opened.store, { ...held, owner: 'a' })).toBe(true);
  expect(await takeLock(opened.store, { ...held, owner: 'b' })).toBe(false);
  expect(await renewLock(opened.store, { ...held, owner: 'b' })).toBe(false);
  await releaseLock(opened.store, { key: held.key, owner: 'b' });
  expect(await opened.store.get(held.key)).toBe('a');
  expect(await renewLock(opened.store, { ...held, owner: 'a', ttlMs: 120_000 })).toBe(true);
  expect(await opened.store.pttl(held.key)).toBeGreaterThan(60_000);
  await releaseLock(opened.store, { key: held.key, owner: 'a' });
  expect(await takeLock(opened.store, { ...held, owner: 'b' })).toBe(true);
});

test('an owner who dies loses the lock, and one whose answer was lost has it', async () => {
  await takeLock(opened.store, { key: 'dh:short', owner: 'dies', ttlMs: 1 });
  while (!(await takeLock(opened.store, { key: 'dh:short', owner: 'next', ttlMs: 60_000 })));
  const cut = proxy.cutAnswerOf('asks-again');
  expect(await takeLock(broken, { key: 'dh:lost', owner: 'asks-again', ttlMs: 60_000 })).toBe(true);
  await cut;
  expect(await opened.store.get('dh:lost')).toBe('asks-again');
});

test('a script is known to each connection that runs it, and outlives a Redis that forgot it', async () => {
  const add = script('dhTestAdd', { keys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
  expect(await add(opened.store, 'dh:n', 2)).toBe(2);
  expect(await add(broken, 'dh:n', 3)).toBe(5);
  await opened.store.script('FLUSH');
  expect(await add(opened.store, 'dh:n', 1)).toBe(6);
});
