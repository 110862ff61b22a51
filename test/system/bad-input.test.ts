import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, PROTOCOL } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { io } from 'socket.io-client';
import { done } from '../emulators/model/index.ts';
import { type Ask, errorOf, raw } from '../support/http.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let stack: Stack;
let sessionId = '';
beforeAll(async () => {
  stack = await openStack();
  const session = await stack.ask('Hello');
  await session.finished();
  ({ sessionId } = session);
});
afterAll(() => stack.dispose());

const json = (body: unknown): Ask => ({ method: 'POST', body: JSON.stringify(body) });

test('a repository that cannot be cloned fails the turn with its own code; the server stays up', async () => {
  const path = join(stack.server.dataDir, 'repos.json');
  const { repos } = JSON.parse(await readFile(path, 'utf8')) as { repos: object[] };
  await writeFile(path, JSON.stringify({ repos: [...repos, { id: 'broken', url: '/nowhere/at/all.git' }] }));
  for (let known = false; !known; ) {
    const listed = await stack.client.http['repo.list']({});
    known = listed.ok && listed.repos.some(repo => repo.id === 'broken');
    if (!known) await new Promise(resolve => setTimeout(resolve, 50));
  }
  const session = await stack.ask('Go', { repo: 'broken' });
  const end = await session.finished();
  expect(end.data).toMatchObject({ outcome: 'failed', error: { code: 'repo_unreachable' } });
  expect(end.data.error?.message).toMatch(/broken cannot be reached.*repos\.json/);
  stack.model.script('alive', [done()]);
  expect((await (await stack.ask('Still there #alive')).finished()).data.outcome).toBe('done');
});

test('a page of somebody else’s cannot use a browser’s cookie', async () => {
  const link = new URL(stack.server.signInLink);
  const signed = await raw(stack.server, `${link.pathname}${link.search}`, { token: null });
  expect(signed.status).toBe(303);
  const cookie = String(signed.headers['set-cookie']).split(';')[0] ?? '';
  expect(String(signed.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite=Lax/i);
  const create = (origin: string) =>
    raw(stack.server, '/api/sessions', {
      ...json({ requestId: crypto.randomUUID(), repo: 'sample' }),
      token: null,
      headers: { cookie, origin },
    });
  const foreign = await create('https://evil.example');
  expect([foreign.status, errorOf(foreign).code]).toEqual([401, 'unauthorized']);
  expect((await create(stack.server.url)).status).toBe(201);
  expect((await raw(stack.server, '/api/me', { token: null, headers: { cookie } })).status).toBe(200);

  const used = await raw(stack.server, `${link.pathname}${link.search}`, { token: null });
  expect(used.status).toBe(401);
  expect(used.text).toContain('works once');

  const refused = await connectError({ protocol: PROTOCOL }, { cookie, origin: 'https://evil.example' });
  expect(refused).toMatchObject({ code: 'unauthorized' });
});

test('every page forbids scripts of others, and has none in itself', async () => {
  const paths = [
    '/',
    `/sessions/${sessionId}`,
    '/machine',
    '/stats',
    '/setup',
    '/nowhere',
    '/sign-in?token=no',
    '/link/no',
  ];
  for (const path of paths) {
    const { headers, text } = await raw(stack.server, path, { token: null });
    const policy = String(headers['content-security-policy']);
    const of = (name: string) => new RegExp(`${name} ([^;]*)`).exec(policy)?.[1];
    expect([path, of('script-src') ?? of('default-src'), of('frame-ancestors')]).toEqual([
      path,
      "'self'",
      "'none'",
    ]);
    const scripts = [...text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)];
    expect([
      path,
      scripts.filter(([, attributes, body]) => !/\bsrc=/.test(attributes ?? '') || body?.trim()),
    ]).toEqual([path, []]);
    expect([path, text.match(/\son\w+\s*=|=\s*["']?javascript:/gi)]).toEqual([path, null]);
  }
});

test('a cookie from before the sign-in is not the one after it, and opens nothing', async () => {
  const link = await stack.client.http['link.create']({});
  if (!link.ok) throw new Error(link.message);
  const { pathname, search } = new URL(link.url);
  const before = `deckhand=${'x'.repeat(43)}`;
  const signed = await raw(stack.server, `${pathname}${search}`, {
    token: null,
    headers: { cookie: before },
  });
  expect(signed.status).toBe(303);
  const after = String(signed.headers['set-cookie']).split(';')[0];
  expect(after).toMatch(/^deckhand=.{20,}$/);
  expect(after).not.toBe(before);
  const me = (cookie: string | undefined) =>
    raw(stack.server, '/api/me', { token: null, headers: { cookie: String(cookie) } });
  expect([(await me(before)).status, (await me(after)).status]).toEqual([401, 200]);
});

test('an address that runs a program, reads a file or is an option of git is no repository, and runs nothing', async () => {
  const path = join(stack.server.dataDir, 'repos.json');
  const mark = join(stack.server.dataDir, 'ran');
  const urls = [
    `ext::sh -c "touch ${mark}"`,
    `--upload-pack=touch ${mark}`,
    `-c core.sshCommand="touch ${mark}"`,
    `ssh://-oProxyCommand=touch%20${mark}/x`,
    `fd::17/foo`,
  ];
  const { repos } = JSON.parse(await readFile(path, 'utf8')) as { repos: object[] };
  await writeFile(
    path,
    JSON.stringify({ repos: [...repos, ...urls.map((url, n) => ({ id: `evil-${n}`, url }))] }),
  );
  for (const n of urls.keys()) {
    const requestId = crypto.randomUUID();
    let created = await stack.client.http['session.create']({ requestId, repo: `evil-${n}`, prompt: 'Go' });
    // Not read yet, or refused as a whole.
    for (let tries = 0; !created.ok && tries < 20; tries++) {
      await new Promise(resolve => setTimeout(resolve, 50));
      created = await stack.client.http['session.create']({ requestId, repo: `evil-${n}`, prompt: 'Go' });
    }
    if (!created.ok) continue;
    const end = await watch(stack.client, created.session.id).finished();
    expect([urls[n], end.data.outcome]).toEqual([urls[n], 'failed']);
  }
  expect(existsSync(mark)).toBe(false);
  await writeFile(path, JSON.stringify({ repos }));
});

test('a socket that speaks another protocol or has no token is told so', async () => {
  const { token } = stack.server;
  expect(await connectError({ token, protocol: 99 })).toMatchObject({
    code: 'protocol_unsupported',
    message: expect.stringContaining('update this client'),
    retryable: false,
  });
  expect(await connectError({ protocol: PROTOCOL })).toMatchObject({ code: 'unauthorized' });
  expect(await connectError({ token: 'wrong', protocol: PROTOCOL })).toMatchObject({ code: 'unauthorized' });
  expect(await connectError({})).toMatchObject({ code: 'bad_request' });
});

test('malformed commands on a socket are answered; the socket lives on', async () => {
  const socket = connected();
  const ask = (name: string, payload: unknown) => socket.timeout(5_000).emitWithAck(name, payload);
  for (const payload of [null, 7, 'text', [], { sessionId: 12 }, { sessionId: 'x'.repeat(1000) }])
    expect(await ask('session.open', payload)).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await ask('prompt.send', { sessionId, requestId: 'x', text: 5 })).toMatchObject({
    ok: false,
    code: 'bad_request',
  });
  expect(await ask('session.open', { sessionId, after: 100_000 })).toMatchObject({
    ok: false,
    code: 'cursor_ahead',
  });
  socket.emit('session.open');
  socket.emit('prompt.send', () => {});
  socket.emit('no.such.command', {});
  expect(await ask('session.open', { sessionId })).toMatchObject({ ok: true });
  socket.disconnect();
});

test('too many commands on one connection are refused; other connections are not', async () => {
  const socket = connected();
  const ask = () => socket.timeout(10_000).emitWithAck('session.leave', { sessionId });
  const answers = await Promise.all(Array.from({ length: limits.commandsPerMinutePerConnection + 5 }, ask));
  expect(answers.filter(answer => answer.ok)).toHaveLength(limits.commandsPerMinutePerConnection);
  expect(answers.at(-1)).toMatchObject({
    ok: false,
    code: 'rate_limited',
    message: expect.stringMatching(/again in \d+ s/),
    retryable: true,
  });
  socket.disconnect();
  const other = connected();
  expect(await other.timeout(5_000).emitWithAck('session.leave', { sessionId })).toEqual({ ok: true });
  other.disconnect();
});

test('the author is who connects, whatever the payload says; only onBehalfOf names another', async () => {
  stack.model.script('author', [done()]);
  const forged = {
    requestId: crypto.randomUUID(),
    repo: 'sample',
    prompt: 'Go #author',
    author: { userId: 'usr_boss', name: 'The Boss' },
    actor: { kind: 'system' },
    userId: 'usr_boss',
  };
  const answer = await raw(stack.server, '/api/sessions', json(forged));
  const { session } = JSON.parse(answer.text) as { session: { authors: { name: string }[] } };
  expect(session.authors.map(author => author.name)).not.toContain('The Boss');
});

function connected(extra: object = {}) {
  const { url, token } = stack.server;
  return io(url, {
    auth: { token, protocol: PROTOCOL },
    forceNew: true,
    transports: ['websocket'],
    ...extra,
  });
}

function connectError(auth: object, headers: Record<string, string> = {}): Promise<unknown> {
  const socket = connected({ auth, reconnection: false, extraHeaders: headers });
  return new Promise((resolve, reject) => {
    socket.on('connect_error', error => {
      socket.disconnect();
      resolve((error as { data?: unknown }).data);
    });
    socket.on('connect', () => {
      socket.disconnect();
      reject(new Error('it was let in'));
    });
  });
}
