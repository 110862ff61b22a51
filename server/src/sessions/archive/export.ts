import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { copySession } from './copy.ts';
import { readHome } from './home.ts';
import { archiveGone } from './hotOrCold.ts';
import { writeArchive } from './writeArchive.ts';

export type Exported = { bytes: number; content: Readable };

/**
 * A session's archive as it would be if it were hibernated now: of one that is, its blob; of one in Redis, written
 * for this once, whatever goes on meanwhile. Null where there is no such session.
 */
export async function exportSession(store: Store, sessionId: string): Promise<Exported | null> {
  for (let missing: string | null = null; ; ) {
    const home = await readHome(store, sessionId);
    if (home) {
      const path = await store.archives.blobs.file(home.blob);
      const found = path === null ? null : await openFile(path);
      if (found) return found;
      if (missing === home.blob) throw archiveGone(sessionId, home.blob);
      missing = home.blob;
      continue;
    }
    const copy = await copySession(store, sessionId);
    if (!copy) {
      if ((await store.exists(sessionKey(sessionId, part.home))) === 0) return null;
      continue;
    }
    const path = await store.archives.blobs.aside();
    try {
      if (await writeArchive(path, store, sessionId, copy)) return await openFile(path);
    } finally {
      // Who has it open reads on.
      await rm(path, { force: true });
    }
  }
}

async function openFile(path: string): Promise<Exported | null> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return file && { bytes: (await file.stat()).size, content: file.createReadStream() };
}
