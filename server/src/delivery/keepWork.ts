import type { Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { changedFiles, savedBundle, saveWork } from '../sandboxes/worktree/workspace.ts';
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
  const changed = await changedFiles(hands);
  if (!changed.ok) return changed;
  const { sha, head, base } = saved;
  const taken = await takeWork(deps, () => savedBundle(hands), { meta, claimed: saved });
  if (!taken.ok) return taken;
  const mirror = deps.repos.mirror(meta.repo ?? '');
  // Attributes are what makes files of Git LFS: without any, nothing needs to be looked for.
  const usesLfs = async () => (await mirror.facts(base)).lfs || changed.files.some(isAttributes);
  if (sha !== base && (await usesLfs()))
    await takeLfs(hands, { blobs: deps.blobs, mirror, sessionId: meta.id, sha });
  await deps.files.tell(changed.files);
  await deps.writer.record([], { refSha: sha, baseSha: base });
  return { ok: true, head, baseSha: base, isDirty: sha !== head };
}

const isAttributes = ({ path }: { path: string }) => /(^|\/)\.gitattributes$/.test(path);
