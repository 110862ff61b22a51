import { failure } from '@deckhand/shared';
import { isSha } from '../platform/git.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { uncommit } from '../sandboxes/worktree/workspace.ts';
import { branchOf, type Run } from '../sessions/store/meta.ts';
import { keep } from './keepWork.ts';
import { sendWork, signHead } from './sendWork.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, Delivered } from './types.ts';

/** Others may push again while we take in what they pushed. */
const mostRounds = 3;

type Work = { run: Run; head: string; stack?: { at: number; titles: string[] } };

/** Pushes what was committed, unless it may not leave, and opens or updates the change. Rejects where it is halted. */
export async function publishWork(deps: DeliverDeps, hands: Hands, work: Work): Promise<Delivered> {
  const { run } = work;
  let { head } = work;
  for (let round = 1; ; round += 1) {
    const meta = await deps.writer.meta();
    const branch = branchOf(meta);
    const mirror = deps.repos.mirror(meta.repo ?? '');
    const known = branch.theirSha ?? branch.pushedSha ?? null;
    if (branch.pushedSha === head && !branch.theirSha) return openChange(deps, { ...work, head });
    // Theirs is never overwritten: it must be in what we push.
    if (branch.theirSha && !(await mirror.isAncestor(branch.theirSha, head)))
      return {
        ok: true,
        refusal: 'Somebody else pushed to this branch, and it is not merged yet: refs/deckhand/theirs.',
      };
    const base = known ?? branch.below?.sha ?? meta.baseSha ?? '';
    if (!isSha(head) || !isSha(base))
      return failure(
        'sandbox_lost',
        'The sandbox named a commit that is none. Its work is kept as it was saved.',
      );
    const signed = await signHead(deps, hands, { base, head });
    if (!signed.ok) return signed;
    head = signed.head;
    const sent = await sendWork(deps, { meta, run, head });
    if (!sent.ok || sent.withheld !== undefined) return sent;
    if (sent.refusal !== undefined) {
      // What was pushed already stays; the rest is taken apart, so that no commit on the way holds it.
      const undone = await uncommit(hands, base);
      return undone.ok ? { ok: true, refusal: sent.refusal } : undone;
    }
    if (sent.stale === undefined) return openChange(deps, { ...work, head });
    if (round === mostRounds)
      return failure(
        'repo_unreachable',
        `Others push to branch ${branch.name} all the time. The work is kept; prompt again to retry.`,
      );
    await deps.changes.noteTheirs(deps.writer, sent.stale);
    const taken = await takeInOthers(deps, hands, run);
    if (!taken.ok) return taken;
    const kept = await keep(deps, hands);
    if (!kept.ok) return kept;
    head = kept.head;
  }
}

/** The change of what is pushed. Where that is halted, the next look at the session's changes opens it. */
async function openChange(deps: DeliverDeps, { run, head, stack }: Work): Promise<Delivered> {
  await deps.hold.renew();
  return deps.changes.publish(deps.writer, { run, head, stack }, deps.halt);
}
