import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { PROTOCOL } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { io } from 'socket.io-client';
import { done, gate, write } from '../emulators/model/index.ts';
import { built, imageOf } from '../support/estate.ts';
import { previewApp, previewEnvironment } from '../support/previewApp.ts';
import { enter, visit } from '../support/previewVisit.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStream, sseMessages } from '../support/sse.ts';
import { openStack, type Stack } from '../support/stack.ts';

let repo: TestRepo;
let stack: Stack;
let sessionId: string;
beforeAll(async () => {
  repo = await createRepo('app', {
    'server.mjs': previewApp,
    'words.txt': 'Before the change',
    '.deckhand/environment.json': previewEnvironment,
  });
  stack = await openStack({ DECKHAND_REPOS: repo.reposFile, DECKHAND_IMAGE_EVERY_MS: '3600000' });
  await imageOf(stack.client, 'app', built);
  stack.model.script('change', [{ calls: [write('words.txt', 'After the change')] }, done()]);
  const session = await stack.ask('Change it #change', { repo: 'app' });
  expect((await session.finished()).data.outcome).toBe('done');
  ({ sessionId } = session);
});
afterAll(async () => {
  await stack?.dispose();
  await repo?.remove();
});

type Opened = { status: number; body: IncomingMessage };

/** The start of a request that nobody ends, or whose answer nobody reads; `ended` when the server hung up on it. */
function hold(
  path: string,
  {
    host,
    headers = {},
    method = 'GET',
  }: { host?: string; headers?: Record<string, string>; method?: string },
) {
  const url = new URL(stack.server.url);
  const asked = request({
    host: '127.0.0.1',
    port: url.port,
    method,
    path,
    headers: { host: host ?? url.host, ...headers },
    agent: false,
  });
  asked.on('error', () => {});
  if (method === 'GET') asked.end();
  const ended = new Promise<void>(resolve => asked.once('close', () => resolve()));
  const answered = new Promise<Opened>(resolve =>
    asked.once('response', body => resolve({ status: body.statusCode ?? 0, body: body.pause() })),
  );
  return { asked, ended, answered };
}

async function openPreview(more: { port?: number; path?: string } = {}): Promise<string> {
  const opened = await stack.client.http['preview.open']({ sessionId, ...more });
  if (!opened.ok) throw new Error(opened.message);
  return opened.url;
}

test('a link opens what runs in the sandbox, once, on an origin of its own', async () => {
  const opened = await stack.client.http['preview.open']({ sessionId, path: '/orders?x=1' });
  expect(opened).toMatchObject({ ok: true, port: 5173, ports: [{ port: 5173, name: 'app' }] });
  if (!opened.ok) return;
  const { hostname, port } = new URL(opened.url);
  expect(hostname).toMatch(/^[0-9a-f]{32}\.localhost$/);
  expect(port).toBe(new URL(stack.server.url).port);
  const { cookie, place, first } = await enter(opened.url);
  expect(first.status).toBe(303);
  expect(place).toBe('/orders?x=1');
  const kept = first.headers['set-cookie']?.[0]?.split('; ') ?? [];
  expect(kept).toEqual(expect.arrayContaining(['HttpOnly', 'Secure', 'SameSite=None', 'Partitioned']));
  expect(cookie).toMatch(/^deckhand_preview=/);
  expect((await visit(opened.url)).status).toBe(403);
  // Who opened it, and from where it was used, is written down: once, as it let somebody in once.
  const acts = await stack.client.http['audit.list']({ act: 'preview', sessionId });
  if (!acts.ok) throw new Error(acts.message);
  const about = { port: 5173 };
  const [entered, asked] = acts.acts;
  expect(entered).toMatchObject({
    act: 'preview.enter',
    way: 'preview',
    address: { id: '127.0.0.1' },
    about,
  });
  expect(asked).toMatchObject({ act: 'preview.open', way: 'http', outcome: 'ok', about });
  expect(entered?.who?.id).toBe(asked?.who?.id);
  expect(acts.acts.filter(({ act }) => act === 'preview.enter')).toHaveLength(1);
  expect(await stack.client.http['audit.verify']({})).toMatchObject({ fault: null });
});

test('the page is the changed one, with the helper in it, and may be framed by the sidebar alone', async () => {
  const { cookie, origin } = await enter(await openPreview());
  const page = await visit(`${origin}/`, { headers: { cookie } });
  expect(page.status).toBe(200);
  expect(page.body).toContain('<head><script src="/__deckhand/helper.js"></script><title>App</title>');
  expect(page.body).toContain('After the change');
  expect(page.headers['x-frame-options']).toBeUndefined();
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'self'; frame-ancestors chrome-extension:\/\/[a-p]{32} http:\/\/127\.0\.0\.1:\d+$/,
  );
  expect(page.headers['set-cookie']).toEqual(['app=1; Path=/']);
  expect((await visit(`${origin}/__deckhand/helper.js`, { headers: { cookie } })).body).toContain(
    'deckhand-find',
  );
});

test('the app sees a browser beside it, and nothing of ours', async () => {
  const { cookie, origin } = await enter(await openPreview());
  const asked = await visit(`${origin}/headers`, {
    headers: { cookie: `theme=dark; ${cookie}`, origin, authorization: 'Basic app' },
  });
  const seen = JSON.parse(asked.body) as Record<string, string>;
  expect(seen).toMatchObject({
    host: 'localhost:5173',
    origin: 'http://localhost:5173',
    cookie: 'theme=dark',
  });
  expect(asked.body).not.toContain(cookie.split('=')[1]);
  const away = await visit(`${origin}/away`, { headers: { cookie } });
  expect(away.headers.location).toBe('/?came=back');
});

test('bodies of any size go both ways, and one that breaks off breaks off', async () => {
  const { cookie, origin } = await enter(await openPreview());
  expect((await visit(`${origin}/big`, { headers: { cookie } })).body.length).toBe(3_000_000);
  const body = 'y'.repeat(2_000_000);
  const echoed = await visit(`${origin}/echo`, { headers: { cookie }, method: 'POST', body });
  expect(echoed.body.length).toBe(body.length);
  await expect(visit(`${origin}/cut`, { headers: { cookie } })).rejects.toThrow();
});

test('a WebSocket goes through, from its own origin alone', async () => {
  const { cookie, origin } = await enter(await openPreview());
  const { host, port } = new URL(origin);
  const open = (from: string) =>
    new Promise<string>((resolve, reject) => {
      const asked = request({
        host: '127.0.0.1',
        port,
        path: '/socket.io/',
        headers: {
          host,
          cookie,
          origin: from,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        },
      });
      asked.once('error', reject);
      asked.once('response', answer => resolve(String(answer.statusCode)));
      asked.once('upgrade', (_, socket) => {
        socket.once('data', data => {
          resolve(String(data));
          socket.destroy();
        });
        socket.write('hello');
      });
      asked.end();
    });
  expect(await open(origin)).toBe('echo 5');
  expect(await open('http://evil.example')).toBe('403');
});

test('without its cookie, or with another preview’s, nothing is shown', async () => {
  const one = await enter(await openPreview());
  const other = await enter(await openPreview());
  expect((await visit(`${one.origin}/`)).status).toBe(403);
  expect((await visit(`${one.origin}/`, { headers: { cookie: other.cookie } })).status).toBe(403);
  // The server's own token is no key to it, nor is the server to be reached under that name.
  const token = { authorization: `Bearer ${stack.server.token}` };
  expect((await visit(`${one.origin}/api/me`, { headers: token })).status).toBe(403);
});

test('where nothing listens, it says so and looks again', async () => {
  const { cookie, origin } = await enter(await openPreview({ port: 9999 }));
  const page = await visit(`${origin}/`, { headers: { cookie } });
  expect(page.status).toBe(502);
  expect(page.body).toContain('Nothing answers on port 9999');
});

test('nothing of the sandbox is published on the host', async () => {
  const containers = await stack.client.http['sandbox.list']({});
  expect(containers.ok && containers.sandboxes.length).toBeGreaterThan(0);
  await expect(fetch('http://127.0.0.1:5173/')).rejects.toThrow();
});

// The last one: it ends the server.
test('a server stops within 10 s whatever is open, tells viewers, and leaves no Redis', async () => {
  const { server, model } = stack;
  const { cookie, origin } = await enter(await openPreview());
  const never = gate();
  model.script('hang', [{ say: ['Wait', never.wait, 'for ever'] }, done()]);
  const hanging = await stack.ask('Go #hang', { repo: 'app' });
  await hanging.until(view => view.drafts.length > 0, 'a model that does not end');

  const follower = sseMessages(await openStream(server, hanging.sessionId));
  const socket = io(server.url, {
    auth: { token: server.token, protocol: PROTOCOL },
    forceNew: true,
    transports: ['websocket'],
    reconnection: false,
  });
  const told = new Promise(resolve => socket.once('closing', resolve));
  await socket.timeout(5_000).emitWithAck('session.open', { sessionId: hanging.sessionId });
  const preview = hold('/big', { host: new URL(origin).host, headers: { cookie } });
  expect((await preview.answered).status).toBe(200);
  const authorization = `Bearer ${server.token}`;
  const upload = hold('/api/attachments?name=a.txt', {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/plain', 'content-length': '1000000' },
  });
  upload.asked.write('half of it');
  const upgraded = hold('/', {
    host: new URL(origin).host,
    headers: {
      cookie,
      origin,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  });
  const [, open] = (await once(upgraded.asked, 'upgrade')) as [unknown, Socket];
  const hungUp = once(open.resume(), 'close');
  const redisUrl = await server.redisUrl();

  const startedMs = performance.now();
  const stopped = server.stop();
  expect(await told).toEqual({ retryInMs: 1_000 });
  let last = '';
  for await (const { event } of follower) last = event;
  expect(last).toBe('closing');
  expect(await stopped).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  await Promise.all([upload.ended, hungUp]);
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  await expect(redis.connect()).rejects.toThrow();
  never.open();
}, 60_000);
