import type { Author, Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { commitWork } from '../sandboxes/worktree/workspace.ts';
import { withAuthor } from '../sessions/authors.ts';
import { authorsOf, branchOf, type Run } from '../sessions/store/meta.ts';
import { commitMessage } from './commitMessage.ts';
import { keep } from './keepWork.ts';
import { publishLower } from './publishLower.ts';
import { publishWork } from './publishWork.ts';
import { wantsSignOff } from './signOff.ts';
import { cutTrailer, topTitle } from './stack.ts';
import { takeInOthers } from './takeIn.ts';
import { treeFaults, treeState } from './treeState.ts';
import type { DeliverDeps, Delivered, Work } from './types.ts';

/** Keeps what the turn did, and publishes it where the turn ended well and nobody cuts that short. */
export async function deliver(deps: DeliverDeps, hands: Hands, { run, outcome }: Work): Promise<Delivered> {
  const { hold, halt } = deps;
  const endedWell = outcome === 'done' || outcome === 'asked';
  if (!endedWell) return keepUnfinished(deps, hands, run);
  try {
    halt.throwIfAborted();
    return await commitAndPublish(deps, hands, { run, outcome });
  } catch (error) {
    hold.abandon.throwIfAborted();
    if (!hold.interrupt.aborted || error !== hold.interrupt.reason) throw error;
    const kept = await keepUnfinished(deps, hands, run);
    return kept.ok ? { ok: true, halted: true } : kept;
  }
}

async function keepUnfinished(deps: DeliverDeps, hands: Hands, run: Run): Promise<Result> {
  const tree = await treeState(deps, hands, run);
  if (!tree.ok) return tree;
  const kept = await keep(deps, hands);
  if (!kept.ok || !kept.isDirty) return kept;
  const { unfinished } = await deps.writer.meta();
  await deps.writer.record([], { unfinished: withAuthorsOf(run, unfinished) });
  return { ok: true };
}

/** Commits all of the work tree in the name of whose turn it is, and keeps it. `more`: trailers. */
export async function commitAll(
  deps: Pick<DeliverDeps, 'writer' | 'repos' | 'blobs' | 'files' | 'signatureOf'>,
  hands: Hands,
  { run, title, more }: { run: Run; title: string; more?: string[] },
): ReturnType<typeof keep> {
  const meta = await deps.writer.meta();
  const signature = run.signature ?? (await deps.signatureOf(run.author));
  const isSignedOff = await wantsSignOff(deps.repos.mirror(meta.repo ?? ''), meta.baseSha ?? '');
  const signedOffBy = isSignedOff ? signature : undefined;
  const message = await commitMessage({ meta, run, title, signedOffBy, more }, deps.signatureOf);
  const committed = await commitWork(hands, { message, author: signature, branch: branchOf(meta).name });
  return committed.ok ? keep(deps, hands) : committed;
}

async function commitAndPublish(deps: DeliverDeps, hands: Hands, { run, outcome }: Work): Promise<Delivered> {
  const tree = await treeState(deps, hands, run);
  if (!tree.ok) return tree;
  const faults = treeFaults(tree.facts);
  const open = faults.filter(({ id }) => !id || !run.remarked?.includes(id));
  // Who asks in the middle of a rebase has not finished: the work is kept, and leaves with the next turn.
  if (outcome === 'asked' && faults.some(({ id }) => !id)) return keepUnfinished(deps, hands, run);
  if (outcome === 'done' && open.length > 0) {
    const kept = await keep(deps, hands);
    if (!kept.ok) return kept;
    run.remarked = [...(run.remarked ?? []), ...open.flatMap(({ id }) => id ?? [])];
    return { ok: true, refusal: open.map(({ text }) => text).join(' ') };
  }
  // A change that was merged while this turn ran is over: what it did goes on from the base branch.
  const taken = await takeInOthers(deps, hands, run);
  if (!taken.ok) return taken;
  const kept = await commitAll(deps, hands, { run, title: topTitle(run) ?? run.words?.title ?? run.title });
  if (!kept.ok) return kept;
  const meta = await deps.writer.meta();
  await deps.writer.record([], { unfinished: '' });
  // An attempt's work stays in it until somebody takes it.
  if (kept.head === kept.baseSha || meta.attempt) return { ok: true };
  const lower = await publishLower(deps, hands, { run, head: kept.head });
  const published = 'top' in lower ? await publishWork(deps, hands, { run, ...lower.top }) : lower.over;
  if (published.ok && published.refusal)
    await deps.writer.record([], { unfinished: withAuthorsOf(run, meta.unfinished) });
  return published;
}

const withAuthorsOf = (run: Run, unfinished: readonly Author[]): string =>
  JSON.stringify(authorsOf(run).reduce(withAuthor, [...unfinished]));

/** All that there is as one of the changes that stand on each other: the `place`th from below. Done again it is the same. */
export async function cutWork(
  deps: Parameters<typeof commitAll>[0],
  hands: Hands,
  { run, change, place }: { run: Run; change: string; place: number },
): Promise<Result> {
  const more = run.workflow ? [cutTrailer(run.workflow.workflowId, place)] : [];
  return commitAll(deps, hands, { run, title: change, more });
}
