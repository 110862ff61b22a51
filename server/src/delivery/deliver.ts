import type { Hands } from '../sandboxes/hands.ts';
import { commitWork } from '../sandboxes/worktree/workspace.ts';
import { withAuthor } from '../sessions/authors.ts';
import { commitMessage } from './commitMessage.ts';
import { keep } from './keepWork.ts';
import { publishWork } from './publishWork.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, Delivered, Delivery } from './types.ts';

/**
 * Keeps what the turn did: commits it (when the turn ended well), saves the whole work tree under the session's
 * ref, pushes the branch and opens or updates the change. Each part can be done again after a crash.
 */
export async function deliver(deps: DeliverDeps, hands: Hands, turn: Delivery): Promise<Delivered> {
  const { outcome, run } = turn;
  if (outcome !== 'done' && outcome !== 'asked') {
    const kept = await keep(deps, hands, turn);
    if (!kept.ok || !kept.isDirty) return kept;
    const { unfinished } = await deps.writer.meta();
    await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(unfinished, run.author)) });
    return { ok: true };
  }
  // A change that was merged while this turn ran is over: what it did goes on from the base branch.
  const taken = await takeInOthers(deps, hands, run);
  if (!taken.ok) return taken;
  const meta = await deps.writer.meta();
  const signature = run.signature ?? (await deps.signatureOf(run.author));
  const title = run.words?.title ?? turn.title;
  const message = await commitMessage({ meta, run, title }, deps.signatureOf);
  const committed = await commitWork(hands, { message, author: signature });
  if (!committed.ok) return committed;
  const kept = await keep(deps, hands, turn);
  if (!kept.ok) return kept;
  await deps.writer.record([], { unfinished: '' });
  if (kept.head === kept.baseSha) return { ok: true };
  const published = await publishWork(deps, hands, { ...turn, head: kept.head });
  if (published.ok && published.refusal)
    await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(meta.unfinished, run.author)) });
  return published;
}
