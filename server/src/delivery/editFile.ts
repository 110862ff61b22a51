import { failure, type Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { commitFile } from '../sandboxes/worktree/workspace.ts';
import { branchOf } from '../sessions/store/meta.ts';
import { keep } from './keepWork.ts';
import type { DeliverDeps, FileEdit } from './types.ts';

/** One file's new content as a commit of whoever wrote it, on the session's work, which is kept. It leaves with the next turn. */
export async function editFile(
  deps: DeliverDeps,
  hands: Hands,
  { by, path, id, content, message }: FileEdit,
): Promise<Result> {
  const meta = await deps.writer.meta();
  const author = await deps.signatureOf(by);
  const place = { path, id, content };
  const done = await commitFile(hands, { ...place, message, author, branch: branchOf(meta).name });
  if (!done.ok) return done;
  if (done.came !== 'committed') return failure('bad_request', why[done.came]);
  const kept = await keep(deps, hands);
  return kept.ok ? { ok: true } : kept;
}

const why = {
  other: 'The file is another by now. Nothing was changed; look at the newest diff and edit that.',
  dirty:
    'The agent’s own work on this file is in no commit yet. Nothing was changed; let a turn finish it first.',
  busy: 'A merge or rebase is under way in the sandbox. Nothing was changed; let a turn finish it first.',
};
