import type { Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { commitWork } from '../sandboxes/worktree/workspace.ts';
import { withAuthor } from '../sessions/authors.ts';
import type { Run } from '../sessions/store/meta.ts';
import { commitMessage } from './commitMessage.ts';
import { keep } from './keepWork.ts';
import { publishWork } from './publishWork.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, Delivered, Work } from './types.ts';

/** Keeps what the turn did, and publishes it where the turn ended well and nobody cuts that short. */
export async function deliver(deps: DeliverDeps, hands: Hands, { run, outcome }: Work): Promise<Delivered> {
  const { hold, halt } = deps;
  const endedWell = outcome === 'done' || outcome === 'asked';
  if (!endedWell) return keepUnfinished(deps, hands, run);
  try {
    halt.throwIfAborted();
    return await commitAndPublish(deps, hands, run);
  } catch (error) {
    hold.abandon.throwIfAborted();
    if (!hold.interrupt.aborted || error !== hold.interrupt.reason) throw error;
    const kept = await keepUnfinished(deps, hands, run);
    return kept.ok ? { ok: true, halted: true } : kept;
  }
}

async function keepUnfinished(deps: DeliverDeps, hands: Hands, run: Run): Promise<Result> {
  const kept = await keep(deps, hands);
  if (!kept.ok || !kept.isDirty) return kept;
  const { unfinished } = await deps.writer.meta();
  await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(unfinished, run.author)) });
  return { ok: true };
}

async function commitAndPublish(deps: DeliverDeps, hands: Hands, run: Run): Promise<Delivered> {
  // A change that was merged while this turn ran is over: what it did goes on from the base branch.
  const taken = await takeInOthers(deps, hands, run);
  if (!taken.ok) return taken;
  const meta = await deps.writer.meta();
  const signature = run.signature ?? (await deps.signatureOf(run.author));
  const title = run.words?.title ?? run.title;
  const message = await commitMessage({ meta, run, title }, deps.signatureOf);
  const committed = await commitWork(hands, { message, author: signature });
  if (!committed.ok) return committed;
  const kept = await keep(deps, hands);
  if (!kept.ok) return kept;
  await deps.writer.record([], { unfinished: '' });
  if (kept.head === kept.baseSha) return { ok: true };
  const published = await publishWork(deps, hands, { run, head: kept.head });
  if (published.ok && published.refusal)
    await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(meta.unfinished, run.author)) });
  return published;
}
