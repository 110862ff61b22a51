import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { sessionPrefix } from '../store/keys.ts';
import { type Meta, parseMeta, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { isArchived, isRunning } from '../transitions.ts';
import { busyParts, comparedOf, copySession, lengthsOf } from './copy.ts';
import { archiveBlob, encodeHome } from './home.ts';
import { writeArchive } from './writeArchive.ts';

/** `moved`: only the home record is in Redis. `busy`: it stays where it is for now. */
export type Hibernated = 'moved' | 'busy';

/**
 * Moves an idle session from Redis to its archive in the blob store. The archive is written and synced under a new
 * name before the one script that moves the session, which refuses where anything happened meanwhile; a blob that
 * nobody came to name is the sweeper's.
 */
export async function hibernateSession(
  store: Store,
  sessionId: string,
  idleSinceMs: number,
): Promise<Hibernated> {
  const seen = await readMeta(store, sessionId);
  if (!seen || !mayHibernate(seen, idleSinceMs)) return 'busy';
  const copy = await copySession(store, sessionId);
  const meta = copy && parseMeta(copy.meta);
  if (!meta || !mayHibernate(meta, idleSinceMs)) return 'busy';

  const { blobs } = store.archives;
  const path = await blobs.aside();
  try {
    if (!(await writeArchive(path, store, sessionId, copy))) return 'busy';
    const blob = archiveBlob(sessionId, `${meta.last}-${randomBytes(5).toString('hex')}`);
    await blobs.putFile(blob, path);
    const moved = await store.dhHibernate(
      sessionPrefix(sessionId),
      lengthsOf(copy.keys),
      comparedOf(copy),
      JSON.stringify(busyParts),
      encodeHome({ blob, meta: copy.meta }),
    );
    if (moved !== 1) {
      // Nobody names it, and what it holds may be about to be erased.
      await blobs.remove(blob);
      return 'busy';
    }
  } finally {
    await rm(path, { force: true });
  }
  if (meta.archive) await blobs.remove(meta.archive);
  return 'moved';
}

/** A session of which nothing runs, nothing waits and nothing has happened for long. */
function mayHibernate(meta: Meta, idleSinceMs: number): boolean {
  // An archived session's sandbox is taken away behind it.
  const hasSandbox = meta.sandboxId !== null && !isArchived(meta.state);
  return !isRunning(meta.state) && !hasSandbox && Date.parse(meta.updatedAt) <= idleSinceMs;
}
