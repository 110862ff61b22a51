import { orgKeys, sessionKey, sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { openArchive } from './archiveFile.ts';
import { lengthsOf } from './copy.ts';
import { archiveName, readHome } from './home.ts';
import { archiveGone } from './hotOrCold.ts';
import { type Staged, stageSession } from './stage.ts';

/** Brings a session back into Redis, whole and as it was. Does nothing where it is there. */
export function restoreSession(store: Store, sessionId: string): Promise<void> {
  return store.archives.restoring.run(sessionId, () => restore(store, sessionId));
}

async function restore(store: Store, sessionId: string): Promise<void> {
  for (let missing: string | null = null; ; ) {
    const home = await readHome(store, sessionId);
    if (!home) return;
    const { blob } = home;
    const path = await store.archives.blobs.file(blob);
    const file = path === null ? null : openArchive(path);
    if (file) {
      const staged = await stageSession(store, sessionId, { file, blob }).finally(() => file.close());
      if ((await takePlace(store, sessionId, staged)) !== -1) return;
    } else if (missing === blob) throw archiveGone(sessionId, blob);
    else missing = blob;
  }
}

/** The one script that moves what was staged into place; of racing restores one does. -1: it ran out of its time. */
export async function takePlace(store: Store, sessionId: string, staged: Staged): Promise<number> {
  const { suffix, blob, lengths } = staged;
  const done = await store.dhRestore(sessionPrefix(sessionId), suffix, archiveName(blob), lengthsOf(lengths));
  // 0 may be the answer to a resend, its first answer lost: the session is there.
  if (done !== -1) await store.zadd(orgKeys.hot, Date.now(), sessionId);
  if (done !== 1) await store.unlink(lengths.map(({ key }) => sessionKey(sessionId, suffix + key)));
  return done;
}
