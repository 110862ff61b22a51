import { rm } from 'node:fs/promises';
import { type OpenFile, openFile } from '../../platform/openFile.ts';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { copySession } from './copy.ts';
import { readHome } from './home.ts';
import { archiveGone } from './hotOrCold.ts';
import { writeArchive } from './writeArchive.ts';

/**
 * A session's archive as it would be if it were hibernated now: of one that is, its blob; of one in Redis, written
 * for this once, whatever goes on meanwhile. Null where there is no such session.
 */
export async function exportSession(store: Store, sessionId: string): Promise<OpenFile | null> {
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
