import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { local, openIdentityStack } from '../../test/helpers/identity.ts';
import type { IdentityServices } from './compose.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './users.ts';

let stack: Awaited<ReturnType<typeof openIdentityStack>>;
let identity: IdentityServices;
let ana: Identity;
const minuteMs = 60_000;

beforeAll(async () => {
  stack = await openIdentityStack();
});
afterAll(() => stack?.close());
beforeEach(async () => {
  await stack.store.store.flushall();
  stack.clock.aheadMs = 0;
  stack.github.fail(null);
  stack.github.person('ana', { access: { 'acme/shop': 'read' } });
  identity = stack.open({ DECKHAND_ADMINS: 'ana' });
  const done = await stack.signIn(identity, 'ana');
  const user = await identity.users.byLogin('ana');
  if (!done.ok || !user) throw new Error('not signed in');
  ana = identityOf(user);
  stack.github.asked.length = 0;
});

const access = async (repoId: string | null, fresh = false, who = ana) => {
  const found = await identity.visibility.access(who, repoId, { fresh });
  return found.ok ? found.access : found.code;
};
const asked = () => stack.github.asked.map(line => line.split(' ').slice(2).join(' '));

test('what somebody may do is what GitHub lets them, whatever url the repository has', async () => {
  expect(await access('shop')).toBe('read');
  expect(await access('vault')).toBe('nothing');
  stack.github.person('ana', { access: { 'acme/vault': 'maintain' } });
  stack.clock.aheadMs = 6 * minuteMs;
  expect(await access('shop')).toBe('nothing');
  expect(await access('vault')).toBe('write');
});

test('a repository on this machine is open to all; one that left the catalog to nobody; admins of Deckhand are not more on GitHub', async () => {
  expect(ana.scopes).toContain('admin');
  expect(await access('notes')).toBe('write');
  expect(await access(null)).toBe('write');
  expect(await access('gone')).toBe('nothing');
  expect(stack.github.asked).toEqual([]);
});

test('the person at this machine sees everything; a token with fewer rights nothing on GitHub', async () => {
  expect(await access('vault', false, local)).toBe('write');
  const token: Identity = { ...local, scopes: ['read', 'write', 'act'], via: 'bot' };
  expect(await access('vault', false, token)).toBe('nothing');
  expect(await access('notes', false, token)).toBe('write');
});

test('a yes counts for five minutes, a no for one; what opens something looks at the last minute', async () => {
  await access('shop');
  await access('vault');
  stack.clock.aheadMs = 0.9 * minuteMs;
  await access('shop', true);
  await access('vault', true);
  expect(asked()).toEqual(['/repos/acme/shop 200', '/repos/acme/vault 404']);
  stack.clock.aheadMs = 1.1 * minuteMs;
  await access('vault');
  await access('shop');
  expect(asked()).toHaveLength(3);
  await access('shop', true);
  stack.clock.aheadMs = 5.9 * minuteMs;
  await access('shop');
  expect(asked()).toHaveLength(4);
  stack.clock.aheadMs = 6.2 * minuteMs;
  await access('shop');
  // Nothing changed: that costs nothing of what GitHub allows.
  expect(asked().slice(3)).toEqual(['/repos/acme/shop 304', '/repos/acme/shop 304']);
});

test('who is told no again and again is asked about less often in lists, and at once where they open something', async () => {
  for (let minute = 0; minute < 8; minute += 1) {
    stack.clock.aheadMs = minute * 1.01 * minuteMs;
    await access('vault');
  }
  expect(asked()).toHaveLength(4);
  await access('vault', true);
  expect(asked()).toHaveLength(4);
  stack.clock.aheadMs += 1.1 * minuteMs;
  await access('vault', true);
  expect(asked()).toHaveLength(5);
});

test('while GitHub is away what it said last counts for an hour; then, or where it never said anything, it must be tried again', async () => {
  await access('shop');
  for (const status of [500, 503, 429]) {
    stack.github.fail(status);
    stack.clock.aheadMs += 10 * minuteMs;
    expect(await access('shop', true)).toBe('read');
    expect(await identity.visibility.access(ana, 'vault')).toMatchObject({
      code: 'repo_unreachable',
      retryable: true,
    });
  }
  stack.clock.aheadMs = 61 * minuteMs;
  expect(await access('shop')).toBe('repo_unreachable');
});

test('nobody waits for GitHub’s silence again and again', async () => {
  await access('shop');
  stack.github.fail(503);
  stack.clock.aheadMs = 2 * minuteMs;
  for (let n = 0; n < 5; n += 1) expect(await access('shop', true)).toBe('read');
  expect(await access('vault')).toBe('repo_unreachable');
  expect(asked()).toHaveLength(2);
  stack.github.fail(null);
  stack.clock.aheadMs += 20_000;
  expect(await access('vault')).toBe('nothing');
});

test('many who look at once are one question; a list asks for each repository once', async () => {
  await Promise.all(Array.from({ length: 20 }, () => access('shop')));
  expect(asked()).toHaveLength(1);
  const read = await identity.visibility.readable(ana, ['shop', 'shop', 'vault', 'notes', 'gone', null]);
  expect(read.ok && [...read.ids]).toEqual(['notes', null, 'shop']);
  expect(asked()).toHaveLength(2);
});

test('while GitHub is away lists show what is known, and fail where that is nothing', async () => {
  stack.github.fail(503);
  const read = await identity.visibility.readable(ana, ['shop', 'notes']);
  expect(read.ok && [...read.ids]).toEqual(['notes']);
  expect(await identity.visibility.readable(ana, ['shop', 'vault'])).toMatchObject({
    code: 'repo_unreachable',
  });
});

test('whoever took the authorisation back must sign in again', async () => {
  stack.github.oauth.revoke('ana');
  expect(await access('shop')).toBe('unauthorized');
  expect(await identity.userTokens.has(ana.userId)).toBe(false);
});

test('signing in again asks anew', async () => {
  expect(await access('vault')).toBe('nothing');
  stack.github.person('ana', { access: { 'acme/vault': 'write' } });
  await stack.signIn(identity, 'ana');
  expect(await access('vault')).toBe('write');
});
