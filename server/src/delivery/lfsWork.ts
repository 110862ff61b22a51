import type { Blobs } from '../platform/blobs.ts';
import { timeLimit } from '../platform/timeLimit.ts';
import { lfsLimits } from '../repos/lfs/limits.ts';
import { objectPath, type Pointer } from '../repos/lfs/pointer.ts';
import { type LfsFile, newPointers } from '../repos/lfs/pointersIn.ts';
import type { Mirror } from '../repos/mirror.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { repoDir } from '../sandboxes/worktree/workspace.ts';
import { trashOf } from '../sessions/retention/table.ts';
import { bundleFolder } from '../sessions/store/keys.ts';
import { withForebears } from './forkedFrom.ts';

const blobOf = (sessionId: string, { oid }: Pointer) => `${bundleFolder(sessionId)}/lfs/${oid}`;

type Kept = { blobs: Blobs; mirror: Mirror; sessionId: string; sha: string };

/**
 * Brings content of Git LFS out of a sandbox that pointers in its saved work name, and that no branch of the remote has:
 * beside the mirror, for the push, and into the blob store. Only what is what its pointer names is kept; what is missing
 * shows when it is to be pushed.
 */
export async function takeLfs(hands: Hands, { blobs, mirror, sessionId, sha }: Kept): Promise<void> {
  for (const file of await newFiles(mirror, sha)) {
    using limit = timeLimit(lfsLimits.transferMs);
    const source = () => hands.get({ path: `${repoDir}/.git/${objectPath(file)}` });
    const isHere = (await mirror.lfs.has(file)) || (await mirror.lfs.take(file, source(), limit.signal));
    const key = blobOf(sessionId, file);
    if (isHere && (await blobs.file(key)) === null) await blobs.put(key, mirror.lfs.read(file));
  }
}

/** The same back from the blob store, where the mirror is another one. */
export async function restoreLfs({ blobs, mirror, sessionId, sha }: Kept): Promise<void> {
  for (const file of await newFiles(mirror, sha)) {
    if (await mirror.lfs.has(file)) continue;
    for await (const owner of withForebears(blobs, sessionId)) {
      const key = blobOf(owner, file);
      const content = (await blobs.get(key)) ?? (await blobs.get(trashOf(key)));
      using limit = timeLimit(lfsLimits.transferMs);
      if (content && (await mirror.lfs.take(file, content, limit.signal))) break;
    }
  }
}

/** One of each content, as much as may leave at once. */
async function newFiles(mirror: Mirror, sha: string): Promise<LfsFile[]> {
  const files = await newPointers({ dir: mirror.dir, commit: sha }).catch(() => []);
  let bytes = 0;
  const each = new Map(files.map(file => [file.oid, file])).values();
  return [...each].slice(0, lfsLimits.objects).filter(file => {
    if (file.bytes > lfsLimits.objectBytes || bytes + file.bytes > lfsLimits.bytes) return false;
    bytes += file.bytes;
    return true;
  });
}
