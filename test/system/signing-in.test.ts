import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person, placeOf, plainBrowser, signInThrough } from '../support/person.ts';

let stack: GithubStack;
beforeAll(async () => {
  // No sandbox is needed here.
  stack = await openGithubStack(['shop'], {
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    DECKHAND_ADMINS: 'root-ana',
  });
  stack.github.person('ana', { name: 'Ana', orgs: ['acme'], access: { 'acme/shop': 'write' } });
  stack.github.person('ben', { orgs: ['acme'] });
});
afterAll(() => stack?.dispose());

const me = async (browser: ReturnType<typeof plainBrowser>) => {
  const answer = await browser.visit(`${stack.server.url}/api/me`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test('two people sign in through GitHub, each as themselves, and come back to where they were', async () => {
  for (const login of ['ana', 'ben']) {
    const browser = plainBrowser(stack.server);
    const done = await signInThrough(browser, stack.server, { login, next: '/sessions/ses_123456?a=b' });
    expect(done.place).toBe(`${stack.server.url}/sessions/ses_123456?a=b`);
    expect([...browser.cookies.keys()]).toEqual(['deckhand']);
    expect((await me(browser)).body).toMatchObject({
      userId: `usr_gh${stack.github.person(login).id}`,
      login,
      role: 'member',
      scopes: ['read', 'write'],
      github: { linked: true, signInUrl: `${stack.server.url}/auth/github` },
    });
  }
});

test('who comes under another name of this machine is sent to the public one first, where the cookie will be', async () => {
  const { port } = new URL(stack.server.url);
  const answer = await fetch(`http://localhost:${port}/auth/github?next=/machine`, { redirect: 'manual' });
  expect(placeOf(answer)).toBe(`${stack.server.url}/auth/github?next=/machine`);
});

test('an answer of GitHub’s that this browser did not ask for, or that was used, signs nobody in', async () => {
  const browser = plainBrowser(stack.server);
  const begun = await browser.visit(`${stack.server.url}/auth/github`);
  const back = new URL(placeOf(await browser.visit(`${placeOf(begun)}&as=ana`)));
  // Somebody else's browser, lured to that address.
  const lured = plainBrowser(stack.server);
  const forged = new URL(back);
  forged.searchParams.set('state', 'forged-by-somebody');
  const kept = new Map(browser.cookies);
  for (const answer of [await lured.visit(back.href), await browser.visit(forged.href)]) {
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Begin again');
  }
  expect(lured.cookies.size + browser.cookies.size).toBe(0);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  expect((await browser.visit(back.href)).status).toBe(303);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  expect((await browser.visit(back.href)).status).toBe(400);
});

test('a code from somebody else’s page is refused: only who began holds the verifier', async () => {
  const [mine, theirs] = [plainBrowser(stack.server), plainBrowser(stack.server)];
  const backs = await Promise.all(
    [mine, theirs].map(async browser => {
      const begun = await browser.visit(`${stack.server.url}/auth/github`);
      return new URL(placeOf(await browser.visit(`${placeOf(begun)}&as=ana`)));
    }),
  );
  backs[0]?.searchParams.set('code', backs[1]?.searchParams.get('code') ?? '');
  const answer = await mine.visit(backs[0]?.href ?? '');
  expect(answer.status).toBe(400);
  expect(mine.cookies.size).toBe(0);
});

test('who is on no list reads so, with what GitHub said of them escaped', async () => {
  stack.github.person('<img src=x onerror=alert(1)>');
  const browser = plainBrowser(stack.server);
  const done = await signInThrough(browser, stack.server, { login: '<img src=x onerror=alert(1)>' });
  expect(done.status).toBe(403);
  expect(done.text).toContain('You don’t have access');
  expect(done.text).toContain('&#60;img');
  expect(done.text).not.toContain('<img');
  expect(browser.cookies.size).toBe(0);
});

test('who says no at GitHub reads so; while GitHub is away everybody reads so', async () => {
  const browser = plainBrowser(stack.server);
  stack.github.oauth.approveAs(null);
  const begun = await browser.visit(`${stack.server.url}/auth/github`);
  const denied = await browser.visit(placeOf(await browser.visit(placeOf(begun))));
  expect([denied.status, await denied.text()]).toEqual([403, expect.stringContaining('did not authorise')]);
  stack.github.fail(503);
  const away = await signInThrough(browser, stack.server, { login: 'ana' });
  stack.github.fail(null);
  expect([away.status, away.text]).toEqual([502, expect.stringContaining('GitHub does not answer')]);
});

test('signing out ends it; a page of somebody else’s cannot do it', async () => {
  const { browser } = await person(stack.server, stack.github, 'ana');
  const url = `${stack.server.url}/auth/sign-out`;
  const foreign = await browser.visit(url, { method: 'POST', headers: { origin: 'https://evil.example' } });
  expect(foreign.status).toBe(401);
  expect((await me(browser)).status).toBe(200);
  const token = browser.cookies.get('deckhand') ?? '';
  await browser.visit(url, { method: 'POST', headers: { origin: stack.server.url } });
  expect(browser.cookies.size).toBe(0);
  browser.cookies.set('deckhand', token);
  expect((await me(browser)).status).toBe(401);
});

test('the printed link signs in the person at the machine as admin, who is not linked', async () => {
  const browser = plainBrowser(stack.server);
  await browser.visit(stack.server.signInLink);
  expect((await me(browser)).body).toMatchObject({
    userId: 'usr_local00',
    role: 'admin',
    login: null,
    github: { linked: false },
  });
});

test('an admin makes viewers and members; a viewer reads and cannot prompt', async () => {
  const ben = await person(stack.server, stack.github, 'ben');
  stack.github.person('root-ana');
  const admin = await person(stack.server, stack.github, 'root-ana');
  const created = await ben.client.http['session.create']({ requestId: '1', repo: 'local', title: 'Mine' });
  if (!created.ok) throw new Error(created.message);
  const { id: sessionId } = created.session;
  const asBen = await ben.client.http['user.role']({ login: 'ben', role: 'admin' });
  expect(asBen).toMatchObject({ ok: false, code: 'not_found' });
  expect(await admin.client.http['user.role']({ login: 'Ben', role: 'viewer' })).toMatchObject({
    ok: true,
    user: { login: 'ben', role: 'viewer' },
  });
  expect((await me(ben.browser)).body).toMatchObject({ role: 'viewer', scopes: ['read'] });
  expect((await ben.client.http['session.get']({ sessionId })).ok).toBe(true);
  const refused = { ok: false, code: 'not_found', message: expect.stringContaining('role of a member') };
  const send = { sessionId, requestId: '2', text: 'Do something' };
  expect(await ben.client.http['prompt.send'](send)).toMatchObject(refused);
  expect(await ben.client.command('prompt.send', send)).toMatchObject(refused);
  expect(await ben.client.http['repo.refresh']({ repo: 'local' })).toMatchObject(refused);
  const upload = await ben.client.uploadAttachment(new Blob(['x'], { type: 'text/plain' }));
  expect(upload).toMatchObject({ ok: false });
  const demoted = await admin.client.http['user.role']({ login: 'root-ana', role: 'member' });
  expect(demoted).toMatchObject({ ok: false, message: expect.stringContaining('DECKHAND_ADMINS') });
  const listed = await admin.client.http['user.list']({});
  expect(listed.ok && listed.users.map(({ login, role }) => [login, role])).toEqual(
    expect.arrayContaining([
      ['ben', 'viewer'],
      ['root-ana', 'admin'],
    ]),
  );
  await admin.client.http['user.role']({ login: 'ben', role: 'member' });
  expect((await ben.client.http['prompt.send'](send)).ok).toBe(true);
  // What members may not: secrets, people, clean builds, links.
  for (const answer of [
    await ben.client.http['secret.list']({ repo: 'local' }),
    await ben.client.http['user.list']({}),
    await ben.client.http['repo.refresh']({ repo: 'local', clean: true }),
    await ben.client.http['link.create']({}),
  ])
    expect(answer).toMatchObject({ ok: false, code: 'not_found' });
  ben.close();
  admin.close();
});

test('a link that an admin from GitHub makes signs in as that admin', async () => {
  const admin = await person(stack.server, stack.github, 'root-ana');
  const link = await admin.client.http['link.create']({});
  if (!link.ok) throw new Error(link.message);
  const browser = plainBrowser(stack.server);
  await browser.visit(link.url);
  expect((await me(browser)).body).toMatchObject({ login: 'root-ana', role: 'admin' });
  admin.close();
});

test('the CLI says who is here, and what each may do', async () => {
  await person(stack.server, stack.github, 'ana').then(({ close }) => close());
  const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const deckhand = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [bin, ...args], { env })).stdout;
  expect(await deckhand('role', 'ana', 'viewer')).toMatch(/^ana +viewer /);
  expect(await deckhand('people')).toMatch(/^ana +viewer .* Ana$/m);
  await expect(deckhand('role', 'ana', 'king')).rejects.toThrow(/viewer, member, admin/);
  await expect(deckhand('role', 'nobody', 'member')).rejects.toThrow(/has signed in here yet/);
});
