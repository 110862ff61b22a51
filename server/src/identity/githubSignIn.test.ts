import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import express from 'express';
import { atGithub, openIdentityStack, publicUrl } from '../../test/helpers/identity.ts';
import { signInRouter } from '../doors/http/signIn.ts';
import { AuditRecorder } from '../policy/audit/recorder.ts';
import { namesNobody } from './admission.ts';
import type { IdentityServices } from './compose.ts';

let stack: Awaited<ReturnType<typeof openIdentityStack>>;
let identity: IdentityServices;
beforeAll(async () => {
  stack = await openIdentityStack();
});
afterAll(() => stack?.close());
beforeEach(async () => {
  await stack.store.store.flushall();
  stack.clock.aheadMs = 0;
  stack.github.fail(null);
  stack.github.person('ana', { name: 'Ana Ruiz', orgs: ['acme'], teams: ['acme/core'] });
  stack.github.person('eve', { orgs: ['other'] });
  identity = stack.open({ DECKHAND_ALLOW_ORGS: 'Acme, beta' });
});

const begin = (next = '/') => {
  if (!identity.signIn) throw new Error('no sign-in');
  return identity.signIn.begin(next);
};
const finish = (answer: { code?: string; state?: string; error?: string; cookie: string | null }) => {
  if (!identity.signIn) throw new Error('no sign-in');
  return identity.signIn.finish(answer);
};
const approved = async (next?: string) => {
  stack.github.oauth.approveAs('ana');
  const { url, cookie } = begin(next);
  return { ...(await atGithub(url)), cookie };
};
const again = { ok: false, why: 'begin_again' };

test('a member of an organisation on the list signs in and is known from then on', async () => {
  const done = await stack.signIn(identity, 'ana', '/sessions/ses_1?x=1#end');
  if (!done.ok) throw new Error(done.why);
  expect(done.next).toBe(`${publicUrl}/sessions/ses_1?x=1#end`);
  const { id } = stack.github.person('ana');
  expect(await identity.tokens.ofBrowser(done.browser)).toEqual({
    userId: `usr_gh${id}`,
    name: 'Ana Ruiz',
    orgId: 'default',
    scopes: ['read', 'write'],
    github: { id, login: 'ana', name: 'Ana Ruiz', avatarUrl: expect.stringContaining(String(id)) },
  });
});

test('an answer counts once', async () => {
  const answer = await approved();
  expect((await finish(answer)).ok).toBe(true);
  expect(await finish(answer)).toEqual(again);
});

test('two answers at once: one of them counts', async () => {
  const answer = await approved();
  const both = await Promise.all([finish(answer), finish(answer)]);
  expect(both.filter(({ ok }) => ok)).toHaveLength(1);
});

test('an answer with another state, or without the browser that began, goes nowhere', async () => {
  const { cookie: other } = begin();
  const answer = await approved();
  expect(await finish({ ...answer, state: `${answer.state}x` })).toEqual(again);
  expect(await finish({ code: answer.code ?? '', cookie: answer.cookie })).toEqual(again);
  expect(await finish({ ...answer, cookie: null })).toEqual(again);
  expect(await finish({ ...answer, cookie: other })).toEqual(again);
  const [first = '', ...rest] = answer.cookie;
  const changed = [first === 'A' ? 'B' : 'A', ...rest].join('');
  expect(await finish({ ...answer, cookie: changed })).toEqual(again);
  expect((await finish(answer)).ok).toBe(true);
});

test('after ten minutes it must be begun again', async () => {
  const answer = await approved();
  stack.clock.aheadMs = 10 * 60_000 + 1;
  expect(await finish(answer)).toEqual(again);
});

test('a code that somebody else began to ask for is of no use: GitHub compares the verifier', async () => {
  const mine = await approved();
  const stolen = await approved();
  expect(await finish({ ...mine, code: stolen.code ?? '' })).toEqual(again);
});

test('who says no, and who is on no list, is told so', async () => {
  stack.github.oauth.approveAs(null);
  const { url, cookie } = begin();
  expect(await finish({ ...(await atGithub(url)), cookie })).toEqual({ ok: false, why: 'denied' });
  const refused = await stack.signIn(identity, 'eve');
  expect(refused).toEqual({ ok: false, why: 'not_allowed', login: 'eve', nobody: false });
  expect(await identity.users.byLogin('eve')).toBeNull();
  // What GitHub gave for her is given back.
  expect(stack.github.oauth.issued.filter(token => stack.github.oauth.loginOf(token) === 'eve')).toEqual([]);
});

test.each([
  [{ DECKHAND_ALLOW_TEAMS: 'acme/core' }, true],
  [{ DECKHAND_ALLOW_TEAMS: 'acme/ops' }, false],
  [{ DECKHAND_ALLOW_USERS: 'ANA' }, true],
  [{ DECKHAND_ALLOW_USERS: 'an' }, false],
  [{ DECKHAND_ADMINS: 'ana' }, true],
  [{}, false],
] as [Record<string, string>, boolean][])('with %o ana may sign in: %s', async (env, may) => {
  const done = await stack.signIn(stack.open(env), 'ana');
  expect(done.ok).toBe(may);
  if (!done.ok) expect(done).toMatchObject({ why: 'not_allowed', nobody: Object.keys(env).length === 0 });
});

test('without lists nobody but admins may', () => {
  expect(namesNobody({ orgs: [], teams: [], users: [], admins: ['ana'] })).toBe(true);
});

test('when GitHub does not answer nobody is signed in, and nothing is thrown', async () => {
  stack.github.fail(503);
  expect(await stack.signIn(identity, 'ana')).toEqual({ ok: false, why: 'github_down' });
});

test('a wrong client secret is a mistake of this server', async () => {
  const wrong = stack.open({ GITHUB_CLIENT_SECRET: 'not-the-secret', DECKHAND_ALLOW_USERS: 'ana' });
  expect(await stack.signIn(wrong, 'ana')).toEqual({ ok: false, why: 'misconfigured' });
});

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
  '',
  '/auth/github',
  '/api/me',
])('nobody is sent to %j', async next => {
  const done = await stack.signIn(identity, 'ana', next);
  expect(done.ok && done.next).toBe(`${publicUrl}/`);
});

test('a path that begins like a host stays here', async () => {
  const done = await stack.signIn(identity, 'ana', '/.//evil.example');
  expect(done.ok && new URL(done.next).host).toBe(new URL(publicUrl).host);
});

test('who leaves the organisation is signed out, and their tokens go', async () => {
  const done = await stack.signIn(identity, 'ana');
  if (!done.ok) throw new Error(done.why);
  const { userId } = (await identity.users.byLogin('ana')) ?? { userId: '' };
  stack.github.person('ana', { orgs: [] });
  expect(await identity.tokens.ofBrowser(done.browser)).not.toBeNull();
  stack.clock.aheadMs = 6 * 60_000;
  // Asked behind: this request still passes.
  await identity.tokens.ofBrowser(done.browser);
  while (await identity.tokens.ofBrowser(done.browser)) await new Promise(resolve => setTimeout(resolve, 10));
  expect(await identity.userTokens.has(userId)).toBe(false);
});

test('who is taken off the list of logins is out with the next start', async () => {
  const done = await stack.signIn(stack.open({ DECKHAND_ALLOW_USERS: 'ana' }), 'ana');
  if (!done.ok) throw new Error(done.why);
  expect(await stack.open({ DECKHAND_ALLOW_USERS: 'ana' }).tokens.ofBrowser(done.browser)).not.toBeNull();
  expect(await stack.open({ DECKHAND_ALLOW_USERS: 'ben' }).tokens.ofBrowser(done.browser)).toBeNull();
});

test('behind https every cookie is secure, and scripts read none', async () => {
  const url = 'https://deckhand.example';
  const signIn = stack.open({ DECKHAND_ALLOW_USERS: 'ana' }, { publicUrl: url });
  const app = express();
  const audit = new AuditRecorder({ redis: stack.store.store, secret: 'secret', clock: Date.now });
  app.use(signInRouter({ tokens: signIn.tokens, signIn: signIn.signIn, audit, publicUrl: () => url }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stack.github.oauth.approveAs('ana');
  const begun = await fetch(`${at}/auth/github`, { redirect: 'manual' });
  const [cookie = ''] = begun.headers.getSetCookie();
  expect(cookie).toMatch(/^deckhand_sign_in=.*Path=\/auth\/github;.*HttpOnly; Secure; SameSite=Lax$/);
  const back = new URLSearchParams(await atGithub(begun.headers.get('location') ?? ''));
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  const done = await fetch(`${at}/auth/github/callback?${back}`, { redirect: 'manual', headers });
  expect(done.status).toBe(303);
  const given = done.headers.getSetCookie().find(each => each.startsWith('deckhand='));
  expect(given).toMatch(/HttpOnly; Secure; SameSite=Lax$/);
  server.close();
});
