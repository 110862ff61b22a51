import type { Result } from '@deckhand/shared';
import { listChanges } from '../repos/diff/readDiff.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { savedBundle, saveWork } from '../sandboxes/worktree/workspace.ts';
import { takeLfs } from './lfsWork.ts';
import { takeWork } from './savedWork.ts';
import type { DeliverDeps } from './types.ts';

type Kept = { head: string; baseSha: string; isDirty: boolean };

/** The whole work tree under the session's ref, here and in the blob store. */
export async function keep(
  deps: Pick<DeliverDeps, 'writer' | 'repos' | 'blobs' | 'files'>,
  hands: Hands,
): Promise<Result<Kept>> {
  const meta = await deps.writer.meta();
  const saved = await saveWork(hands);
  if (!saved.ok) return saved;
  const { sha, head, base } = saved;
  const taken = await takeWork(deps, () => savedBundle(hands), { meta, claimed: saved });
  if (!taken.ok) return taken;
  const mirror = deps.repos.mirror(meta.repo ?? '');
  // Attributes are what makes files of Git LFS: without any, nothing needs to be looked for.
  // Of what was verified, not of what the sandbox says: the diff page counts the very same. Work that is too large to be
  // counted is kept all the same.
  const changed = await listChanges(mirror, { base, head: sha });
  const usesLfs = async () =>
    (await mirror.facts(base)).lfs || !changed.ok || changed.files.some(isAttributes);
  if (sha !== base && (await usesLfs()))
    await takeLfs(hands, { blobs: deps.blobs, mirror, sessionId: meta.id, sha });
  if (changed.ok) await deps.files.tell(changed.files, changed.total);
  await deps.writer.record([], { refSha: sha, baseSha: base });
  return { ok: true, head, baseSha: base, isDirty: sha !== head };
}

const isAttributes = ({ path }: { path: string }) => /(^|\/)\.gitattributes$/.test(path);
