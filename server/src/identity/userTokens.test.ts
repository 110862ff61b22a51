import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openIdentityStack, publicUrl } from '../../test/helpers/identity.ts';
import type { IdentityServices } from './compose.ts';

let stack: Awaited<ReturnType<typeof openIdentityStack>>;
let identity: IdentityServices;
let userId: string;
let browser: string;
const env = { DECKHAND_ALLOW_USERS: 'ana,ben' };

beforeAll(async () => {
  stack = await openIdentityStack();
});
afterAll(() => stack?.close());
beforeEach(async () => {
  await stack.store.store.flushall();
  const { github } = stack;
  github.fail(null);
  Object.assign(github.oauth, { lifeSeconds: 8 * 3600, refreshMs: 0, refreshes: 0, refusals: 0 });
  stack.clock.aheadMs = 0;
  userId = `usr_gh${github.person('ana').id}`;
  identity = stack.open(env);
});

const signIn = async (login = 'ana') => {
  const done = await stack.signIn(identity, login);
  if (!done.ok) throw new Error(done.why);
  browser = done.browser;
};
const tokenOf = async (of = identity) => {
  const got = await of.userTokens.get(userId);
  if (!got.ok) throw new Error(got.message);
  return got.token;
};
const signInAgain = {
  ok: false,
  code: 'unauthorized',
  message: `Sign in with GitHub again: ${publicUrl}/auth/github`,
};

test('a token is given as long as it is good, and GitHub knows it as theirs', async () => {
  await signIn();
  expect(await identity.userTokens.get(userId)).toMatchObject({ ok: true, login: 'ana' });
  expect(stack.github.oauth.loginOf(await tokenOf())).toBe('ana');
  expect(stack.github.oauth.refreshes).toBe(0);
});

test('ten users of an old token on three servers are one renewal, and all get the same', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  stack.github.oauth.lifeSeconds = 3600;
  stack.github.oauth.refreshMs = 200;
  const servers = [identity, stack.open(env), stack.open(env)];
  const got = await Promise.all(Array.from({ length: 10 }, (_, n) => tokenOf(servers[n % 3])));
  expect(new Set(got).size).toBe(1);
  expect(stack.github.oauth).toMatchObject({ refreshes: 1, refusals: 0 });
  expect(stack.github.oauth.loginOf(got[0] ?? '')).toBe('ana');
});

test('a server that dies while it renews holds the others up, and no longer', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  stack.github.oauth.lifeSeconds = 3600;
  await stack.store.store.set(`dh:user:${userId}:refreshing`, 'a server that died', 'PX', 600);
  const beganAtMs = performance.now();
  await tokenOf();
  expect(performance.now() - beganAtMs).toBeGreaterThan(500);
  expect(stack.github.oauth.refreshes).toBe(1);
});

test('a renewal that is refused ends it: the tokens go, their browsers are signed out', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  stack.github.oauth.revoke('ana');
  expect(await identity.userTokens.get(userId)).toMatchObject(signInAgain);
  expect(await identity.userTokens.has(userId)).toBe(false);
  expect(await identity.tokens.ofBrowser(browser)).toBeNull();
});

test('a refresh token that is too old is not even tried', async () => {
  await signIn();
  stack.clock.aheadMs = 190 * 24 * 3600_000;
  expect(await identity.userTokens.get(userId)).toMatchObject(signInAgain);
  expect(stack.github.oauth.refusals).toBe(0);
});

test('while GitHub is away a token that is good for some seconds more is used; one that is not fails for now', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  const away = stack.open({ ...env, GITHUB_URL: 'http://127.0.0.1:1' });
  expect((await away.userTokens.get(userId)).ok).toBe(true);
  stack.clock.aheadMs = 31_000;
  expect(await away.userTokens.get(userId)).toMatchObject({ code: 'repo_unreachable', retryable: true });
  expect(await identity.userTokens.has(userId)).toBe(true);
});

test('a token that GitHub refuses is renewed; refused again, it is over', async () => {
  await signIn();
  const first = await tokenOf();
  let tries = 0;
  const refused = Object.assign(new Error('Bad credentials'), { status: 401 });
  const used = await identity.userTokens.asUser(userId, async (octokit, token) => {
    tries += 1;
    if (token === first) throw refused;
    return (await octokit.request('GET /user')).data.login;
  });
  expect(used).toEqual({ ok: true, value: 'ana' });
  expect(tries).toBe(2);
  // Somebody who still holds the one before does no harm.
  await identity.userTokens.rejected(userId, first);
  expect(stack.github.oauth.refreshes).toBe(1);
  const over = await identity.userTokens.asUser(userId, async () => {
    throw refused;
  });
  expect(over).toMatchObject(signInAgain);
  expect(await identity.tokens.ofBrowser(browser)).toBeNull();
});

test('who takes the authorisation back is signed out at once; signing in again does not bring old browsers back', async () => {
  await signIn();
  const stolen = browser;
  await identity.userTokens.revoke(stack.github.person('ana').id);
  expect(await identity.tokens.ofBrowser(stolen)).toBeNull();
  expect(await identity.userTokens.get(userId)).toMatchObject(signInAgain);
  await signIn();
  expect(await identity.tokens.ofBrowser(browser)).not.toBeNull();
  expect(await identity.tokens.ofBrowser(stolen)).toBeNull();
});

test('a renewal that comes back after the authorisation was taken back leaves nothing', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  stack.github.oauth.refreshMs = 300;
  const renewing = identity.userTokens.get(userId);
  while (!(await stack.store.store.exists(`dh:user:${userId}:refreshing`)))
    await new Promise(resolve => setTimeout(resolve, 5));
  await identity.userTokens.revoke(stack.github.person('ana').id);
  expect(await renewing).toMatchObject(signInAgain);
  expect(await identity.userTokens.has(userId)).toBe(false);
});

test('what is kept opens only for its user and under this secret', async () => {
  await signIn();
  const other = `usr_gh${stack.github.person('ben').id}`;
  await signIn('ben');
  const { store } = stack.store;
  const kept = await store.hgetall(`dh:user:${userId}:github`);
  await store.hset(`dh:user:${other}:github`, kept);
  expect(await identity.userTokens.get(other)).toMatchObject(signInAgain);
  expect((await identity.userTokens.get(userId)).ok).toBe(true);
  const elsewhere = stack.open(env, { secret: 'another-secret-of-a-server' });
  expect(await elsewhere.userTokens.get(userId)).toMatchObject(signInAgain);
});

test('no token is in Redis or the log as it is', async () => {
  stack.github.oauth.lifeSeconds = 30;
  await signIn();
  await tokenOf();
  const { store } = stack.store;
  const keys = await store.keys('*');
  const dump = await Promise.all(keys.map(key => store.dumpBuffer(key)));
  const kept = `${keys.join()} ${dump.map(value => value?.toString('latin1')).join()}`;
  expect(stack.github.oauth.issued.length).toBeGreaterThan(2);
  for (const token of [...stack.github.oauth.issued, browser]) {
    expect(kept).not.toContain(token);
    expect(stack.logged()).not.toContain(token);
  }
});
