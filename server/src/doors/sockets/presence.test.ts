import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PROTOCOL } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { emptyIndex } from '../../../test/helpers/emptyIndex.ts';
import { local, openIdentityStack } from '../../../test/helpers/identity.ts';
import { newSession } from '../../../test/helpers/testStore.ts';
import { Commands } from '../../commands/commands.ts';
import { openVisible } from '../../commands/visible.ts';
import { createRateLimits } from '../../identity/rateLimits.ts';
import { Tokens } from '../../identity/tokens.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { AuditRecorder } from '../../policy/audit/recorder.ts';
import { Feeds } from '../../sessions/log/feed.ts';
import { sessionLogs } from '../../sessions/log/logs.ts';
import { createSockets, type Sockets } from './sockets.ts';

let stack: Awaited<ReturnType<typeof openIdentityStack>>;
let server: Server;
let sockets: Sockets;
let feeds: Feeds;
/** While it is set, sessions are opened no further than to their feed. */
let hold: Promise<void> | null = null;
let watched: () => void = () => {};
const clients: Socket[] = [];

beforeAll(async () => {
  stack = await openIdentityStack();
  const { store } = stack.store;
  feeds = new Feeds(store, stack.store.connect());
  const { visibility } = stack.open();
  const services = ['ana', 'ben'].map(name => ({
    token: `token-of-${name}`,
    identity: { ...local, userId: `usr_${name}`, name },
  }));
  server = createServer();
  const metrics = createMetrics();
  sockets = createSockets(server, {
    commands: new Commands({
      handlers: {} as never,
      rates: createRateLimits(store),
      audit: new AuditRecorder({ redis: store, secret: 'secret', clock: Date.now }),
      metrics,
      log: pino({ level: 'silent' }),
    }),
    metrics,
    logs: sessionLogs(store, {
      async watch(sessionId: string) {
        const held = hold;
        if (held) watched();
        await held;
        return feeds.watch(sessionId);
      },
    } as never),
    tokens: new Tokens(store, { local, find: async () => null }, services),
    visible: openVisible({ store, catalog: stack.catalog, visibility, index: emptyIndex }),
    hosts: () => new Set(['127.0.0.1']),
    terminals: {} as never,
    onTyping: () => {},
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  for (const client of clients) client.close();
  await sockets.close();
  await feeds.close();
  server.close();
  await stack.close();
});

async function come(name: string): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const auth = { token: `token-of-${name}`, protocol: PROTOCOL };
  const client = io(`http://127.0.0.1:${port}`, { auth, transports: ['websocket'], forceNew: true });
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.once('connect', resolve);
    client.once('connect_error', reject);
  });
  return client;
}

/** Begins to open a session and stops there; `go` lets it go on. */
async function halfOpen(
  client: Socket,
  sessionId: string,
): Promise<{ go: () => void; answer: Promise<unknown> }> {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  hold = gate.promise;
  watched = reached.resolve;
  const answer = client.emitWithAck('session.open', { sessionId });
  answer.catch(() => {});
  await reached.promise;
  hold = null;
  return { go: gate.resolve, answer };
}

/** Who is there, as somebody who comes then is told. */
async function whoIsThere(sessionId: string): Promise<string[]> {
  const ben = await come('ben');
  const told = new Promise<{ people: { name: string }[] }>(resolve => ben.once('presence', resolve));
  expect(await ben.emitWithAck('session.open', { sessionId })).toMatchObject({ ok: true });
  const { people } = await told;
  ben.close();
  return people.map(({ name }) => name);
}

test('whoever hangs up while a session is opened to them is not there', async () => {
  const sessionId = await newSession(stack.store.store);
  const ana = await come('ana');
  const { go } = await halfOpen(ana, sessionId);
  ana.close();
  // The server has seen it go when a later round trip is answered.
  await come('ben').then(ben => ben.emitWithAck('session.leave', { sessionId }));
  go();
  expect(await whoIsThere(sessionId)).toEqual(['ben']);
});

test('whoever leaves while a session is opened to them is not there, and hears nothing of it', async () => {
  const sessionId = await newSession(stack.store.store);
  const ana = await come('ana');
  const { go, answer } = await halfOpen(ana, sessionId);
  await ana.emitWithAck('session.leave', { sessionId });
  go();
  expect(await answer).toMatchObject({ ok: false, code: 'closing' });
  const heard: unknown[] = [];
  ana.on('presence', told => heard.push(told));
  expect(await whoIsThere(sessionId)).toEqual(['ben']);
  expect(heard).toEqual([]);
  expect(await ana.emitWithAck('session.open', { sessionId })).toMatchObject({ ok: true });
});
