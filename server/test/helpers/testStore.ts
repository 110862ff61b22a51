import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from '@deckhand/sandbox/preflight/redis';
import type { Actor, Author } from '@deckhand/shared';
import { folderBlobs } from '../../src/platform/blobs.ts';
import { Archives } from '../../src/sessions/archive/archives.ts';
import { createSession } from '../../src/sessions/create.ts';
import { connectStore, type Store } from '../../src/sessions/store/store.ts';

/** A private Redis for one test file. */
export async function openTestStore() {
  const dataDir = await mkdtemp(join(tmpdir(), 'deckhand-store-'));
  const redis = await ensureRedis({ url: undefined, dataDir, say: () => {} });
  const stores: Store[] = [];
  const connect = (url = redis.url) => {
    const store = connectStore(url, new Archives(folderBlobs(join(dataDir, 'blobs'))));
    stores.push(store);
    return store;
  };
  return {
    url: redis.url,
    connect,
    store: connect(),
    async close() {
      for (const store of stores) {
        store.disconnect();
        store.archives.close();
      }
      await redis.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const ana: Author = { userId: 'usr_ana000', name: 'Ana' };
export const ben: Author = { userId: 'usr_ben000', name: 'Ben' };
export const actorOf = (author: Author): Actor => ({ kind: 'user', ...author });

export async function newSession(store: Store, author: Author = ana): Promise<string> {
  const created = await createSession(store, {
    requestId: crypto.randomUUID(),
    orgId: 'default',
    author,
    actor: actorOf(author),
    repo: 'sample',
    origin: 'api',
  });
  if (!created.ok) throw new Error(created.message);
  return created.sessionId;
}

export const prompt = (text: string, author: Author = ana, requestId: string = crypto.randomUUID()) => ({
  requestId,
  text,
  attachments: [],
  author,
  actor: actorOf(author),
});
