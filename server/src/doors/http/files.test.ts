import { once } from 'node:events';
import { readdir, readlink, rm } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import express from 'express';
import { local, openPeopleStack } from '../../../test/helpers/people.ts';
import { newSession } from '../../../test/helpers/testStore.ts';
import { AttachmentStore } from '../../commands/attachments.ts';
import { openSight } from '../../commands/visible.ts';
import { Tokens } from '../../identity/tokens.ts';
import { folderBlobs } from '../../platform/blobs.ts';
import { artifactKey } from '../../sandboxes/keptOutput.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import { fileRouter } from './files.ts';

const openFiles = async () => {
  const names = await readdir('/proc/self/fd');
  return Promise.all(names.map(name => readlink(`/proc/self/fd/${name}`).catch(() => '')));
};

test('a reader that hangs up in the middle of a download leaves no file open', async () => {
  const stack = await openPeopleStack();
  const { store } = stack.store;
  const dir = join(tmpdir(), `deckhand-files-${process.pid}`);
  const blobs = folderBlobs(dir);
  const token = 'a-token-of-this-test';
  const { visibility } = stack.open();
  const tokens = new Tokens(store, { local, find: async () => null }, [{ token, identity: local }]);
  const sight = openSight({ store, catalog: stack.catalog, visibility });
  const app = express();
  app.use(fileRouter({ store, blobs, attachments: new AttachmentStore(store, blobs), tokens, sight }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const sessionId = await newSession(store);
  const artifactId = newId('artifact');
  await blobs.put(artifactKey(artifactId), Buffer.alloc(32 * 1024 * 1024, 'x'));
  await store.hset(sessionKey(sessionId, part.artifacts), artifactId, JSON.stringify({ name: 'long.txt' }));
  const { port } = server.address() as AddressInfo;
  const asked = get(`http://127.0.0.1:${port}/sessions/${sessionId}/artifacts/${artifactId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const [response] = await once(asked, 'response');
  expect(response.statusCode).toBe(200);
  await once(response, 'data');
  expect((await openFiles()).filter(path => path.includes(artifactId))).toHaveLength(1);
  response.on('error', () => {});
  asked.destroy();
  while ((await openFiles()).some(path => path.includes(artifactId)))
    await new Promise(resolve => setTimeout(resolve, 10));
  server.close();
  await stack.close();
  await rm(dir, { recursive: true, force: true });
});
