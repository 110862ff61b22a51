import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import { type Blobs, folderBlobs } from '../platform/blobs.ts';
import { gitReason } from '../platform/git.ts';
import type { Repos } from '../repos/repos.ts';
import type { Meta } from '../sessions/store/meta.ts';

/** By commit alone: a fork needs the work that was saved in the session it came from. */
const bundleKey = (sha: string) => `bundles/${sha}.bundle`;
const sessionRef = (sessionId: string) => `refs/deckhand/${sessionId}`;

export type RestoreDeps = { blobs: Blobs; repos: Repos };

/** Brings saved work out of the sandbox: into the blob store, then into the mirror under the session's ref. */
export async function takeBundle(
  deps: RestoreDeps,
  bundle: Readable,
  work: { meta: Meta; sha: string },
): Promise<Result> {
  const { meta, sha } = work;
  try {
    await deps.blobs.put(bundleKey(sha), bundle);
  } catch (error) {
    return failure(
      'sandbox_lost',
      `The work could not be taken out of the sandbox: ${(error as Error).message}`,
    );
  }
  return restoreBundle(deps, { sessionId: meta.id, repoId: meta.repo ?? '', sha });
}

/** Makes sure that the mirror has a session's saved work, from the blob store where it has not. */
export async function restoreBundle(
  deps: RestoreDeps,
  work: { sessionId: string; repoId: string; sha: string },
): Promise<Result> {
  const { sessionId, repoId, sha } = work;
  const mirror = deps.repos.mirror(repoId);
  if ((await mirror.resolve(sessionRef(sessionId))) === sha) return { ok: true };
  const stored = await deps.blobs.get(bundleKey(sha));
  if (!stored) {
    if (await mirror.resolve(sha)) return { ok: true };
    return failure('internal', `The saved work ${sha} of this session is not in the blob store.`);
  }
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-'));
  try {
    await folderBlobs(dir).put('in/work.bundle', stored);
    const fetched = await mirror.git([
      'fetch',
      '--quiet',
      '--no-tags',
      join(dir, 'in/work.bundle'),
      `+refs/deckhand/saved:${sessionRef(sessionId)}`,
    ]);
    return fetched.ok
      ? { ok: true }
      : failure('internal', `The saved work could not be read: ${gitReason(fetched.stderr)}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
