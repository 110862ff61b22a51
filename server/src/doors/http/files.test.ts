import { once } from 'node:events';
import { readdir, readlink, rm } from 'node:fs/promises';
import { createServer, get, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { limits, newId } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import express from 'express';
import { pino } from 'pino';
import { emptyIndex } from '../../../test/helpers/emptyIndex.ts';
import { local, openIdentityStack } from '../../../test/helpers/identity.ts';
import { newSession } from '../../../test/helpers/testStore.ts';
import { AttachmentStore } from '../../commands/attachments.ts';
import { Commands } from '../../commands/commands.ts';
import type { Handlers } from '../../commands/handlers.ts';
import { SessionFiles } from '../../commands/sessionFiles.ts';
import { openVisible } from '../../commands/visible.ts';
import { createRateLimits } from '../../identity/rateLimits.ts';
import { Tokens } from '../../identity/tokens.ts';
import { folderBlobs } from '../../platform/blobs.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { AuditRecorder } from '../../policy/audit/recorder.ts';
import { artifactKey } from '../../sandboxes/keptOutput.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import { fileRouter } from './files.ts';

const openFiles = async () => {
  const names = await readdir('/proc/self/fd');
  return Promise.all(names.map(name => readlink(`/proc/self/fd/${name}`).catch(() => '')));
};

async function openDoor() {
  const stack = await openIdentityStack();
  const { store } = stack.store;
  const dir = join(tmpdir(), `deckhand-files-${process.pid}-${crypto.randomUUID()}`);
  const blobs = folderBlobs(dir);
  const token = 'a-token-of-this-test';
  const { visibility } = stack.open();
  const tokens = new Tokens(store, { local, find: async () => null }, [{ token, identity: local }]);
  const visible = openVisible({ store, catalog: stack.catalog, visibility, index: emptyIndex });
  const commands = new Commands({
    handlers: {} as Handlers,
    rates: createRateLimits(store),
    audit: new AuditRecorder({ redis: store, secret: 'secret', clock: Date.now }),
    metrics: createMetrics(),
    log: pino({ level: 'silent' }),
  });
  const files = new SessionFiles({ store, blobs, visible, onScreenshot: async () => {} });
  const app = express();
  app.use(fileRouter({ commands, tokens, attachments: new AttachmentStore(store, blobs), files, visible }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    store,
    blobs,
    port,
    authorization: `Bearer ${token}`,
    /** Nobody is connected any more. */
    async quiet() {
      while ((await promisify(server.getConnections.bind(server))()) !== 0)
        await new Promise(resolve => setTimeout(resolve, 10));
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await stack.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

test('who may not upload, or sends too much in a minute, is told before any of it is read', async () => {
  const door = await openDoor();
  /** Says how much comes, and sends nothing. */
  const announce = (bytes: number, headers: Record<string, string> = {}) => {
    const asked = request({
      port: door.port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/api/attachments?name=a.txt',
      headers: { 'content-length': String(bytes), 'content-type': 'text/plain', ...headers },
      agent: false,
    });
    asked.on('error', () => {});
    asked.flushHeaders();
    const status = once(asked, 'response').then(([answer]) => (answer as { statusCode: number }).statusCode);
    return { asked, status };
  };
  expect(await announce(1000).status).toBe(401);
  expect(await announce(1000, { authorization: 'Bearer nobody' }).status).toBe(401);
  const signed = { authorization: door.authorization };
  expect(await announce(limits.attachmentBytes + 1, signed).status).toBe(413);
  const fit = limits.uploadBytesPerMinutePerUser / limits.attachmentBytes;
  const held = Array.from({ length: fit }, () => announce(limits.attachmentBytes, signed));
  // Those wait for their bodies; they were all counted once one more is refused.
  const more: Promise<number>[] = [];
  while ((await Promise.race([...more, new Promise(resolve => setTimeout(resolve, 20))])) !== 429)
    if (more.length < 3) more.push(announce(limits.attachmentBytes, signed).status);
  for (const { asked, status } of held) {
    status.catch(() => {});
    asked.destroy();
  }
  for (const status of more) status.catch(() => {});
  await door.close();
});

test('a reader that hangs up in the middle of a download leaves no file open', async () => {
  const door = await openDoor();
  const { store, blobs, port } = door;
  const sessionId = await newSession(store);
  const artifactId = newId('artifact');
  await blobs.put(artifactKey(artifactId), Buffer.alloc(32 * 1024 * 1024, 'x'));
  await store.hset(sessionKey(sessionId, part.artifacts), artifactId, JSON.stringify({ name: 'long.txt' }));
  const asked = get(`http://127.0.0.1:${port}/api/sessions/${sessionId}/artifacts/${artifactId}`, {
    headers: { authorization: door.authorization },
  });
  const [response] = await once(asked, 'response');
  expect(response.statusCode).toBe(200);
  await once(response, 'data');
  expect((await openFiles()).filter(path => path.includes(artifactId))).toHaveLength(1);
  response.on('error', () => {});
  asked.destroy();
  while ((await openFiles()).some(path => path.includes(artifactId)))
    await new Promise(resolve => setTimeout(resolve, 10));
  await door.close();
});

test('a reader that is gone before its download begins leaves no file open', async () => {
  const door = await openDoor();
  const { store, blobs, port } = door;
  const sessionId = await newSession(store);
  const artifactId = newId('artifact');
  await blobs.put(artifactKey(artifactId), Buffer.alloc(1024));
  await store.hset(sessionKey(sessionId, part.artifacts), artifactId, JSON.stringify({ name: 'short.txt' }));
  const found = Promise.withResolvers<Readable>();
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { get: read } = blobs;
  blobs.get = async key => {
    asked.resolve();
    await left.promise;
    const content = await read(key);
    if (content) found.resolve(content);
    return content;
  };
  const url = `http://127.0.0.1:${port}/api/sessions/${sessionId}/artifacts/${artifactId}`;
  const reader = get(url, { headers: { authorization: door.authorization } }).on('error', () => {});
  await asked.promise;
  const gone = new Promise(resolve => reader.once('close', resolve));
  reader.destroy();
  await gone;
  await door.quiet();
  left.resolve();
  const content = await found.promise;
  if (!content.closed) await once(content, 'close');
  await door.close();
});
