import type { Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { changedFiles, savedBundle, saveWork } from '../sandboxes/worktree/workspace.ts';
import { takeBundle } from './savedWork.ts';
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
  if (sha !== meta.refSha && sha !== base) {
    const stored = await takeBundle(deps, savedBundle(hands), { meta, sha });
    if (!stored.ok) return stored;
  }
  await deps.files.tell(changed.files);
  await deps.writer.record([], { refSha: sha, baseSha: base });
  return { ok: true, head, baseSha: base, isDirty: sha !== head };
}
