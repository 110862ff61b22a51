import { failure, type Result, type Risk } from '@deckhand/shared';
import { isSha } from '../platform/git.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { Mirror } from '../repos/mirror.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { adoptHead } from '../sandboxes/worktree/branches.ts';
import { uncommit } from '../sandboxes/worktree/workspace.ts';
import { branchOf, type Meta, type Run } from '../sessions/store/meta.ts';
import { keep } from './keepWork.ts';
import { pushBranch } from './pushBranch.ts';
import { type Judgement, refusalOf } from './pushGuard.ts';
import { sendLfs } from './sendLfs.ts';
import { signCommits } from './signing.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, Delivered } from './types.ts';

/** Others may push again while we take in what they pushed. */
const mostRounds = 3;

/** Pushes what was committed, unless it may not leave, and opens or updates the change. Rejects where it is halted. */
export async function publishWork(
  deps: DeliverDeps,
  hands: Hands,
  work: { run: Run; head: string },
): Promise<Delivered> {
  let { head } = work;
  for (let round = 1; ; round += 1) {
    const meta = await deps.writer.meta();
    const branch = branchOf(meta);
    const mirror = deps.repos.mirror(meta.repo ?? '');
    const known = branch.theirSha ?? branch.pushedSha ?? null;
    if (branch.pushedSha === head && !branch.theirSha) return openChange(deps, { work, head });
    // Theirs is never overwritten: it must be in what we push.
    if (branch.theirSha && !(await mirror.isAncestor(branch.theirSha, head)))
      return {
        ok: true,
        refusal: 'Somebody else pushed to this branch, and it is not merged yet: refs/deckhand/theirs.',
      };
    const base = known ?? meta.baseSha ?? '';
    const { name } = branch;
    if (!isSha(head) || !isSha(base))
      return failure(
        'sandbox_lost',
        'The sandbox named a commit that is none. Its work is kept as it was saved.',
      );
    const judged = await judge(deps, mirror, { meta, run: work.run, head });
    if (!judged.ok) return judged;
    if (judged.refusal) {
      work.run.remarked = [...(work.run.remarked ?? []), ...(judged.remarks ?? [])];
      // What was pushed already stays; the rest is taken apart, so that no commit on the way holds it.
      const undone = await uncommit(hands, base);
      return undone.ok ? { ok: true, refusal: judged.refusal } : undone;
    }
    const signed = await signHead(deps, hands, { base, head });
    if (!signed.ok) return signed;
    head = signed.head;
    const brought = await sendLfs(mirror, { head, hosted: known ? [known] : [], signal: deps.halt });
    if (!brought.ok) return brought;
    if (brought.refused) {
      const undone = await uncommit(hands, base);
      return undone.ok ? { ok: true, refusal: brought.refused } : undone;
    }
    const opens = branch.changeId === undefined;
    const permitted = await deps.mayPush({ branch: name, head, opens });
    if (!permitted.ok) return { ok: true, withheld: permitted.why };
    // While all this was looked at another worker may have taken the turn over.
    await deps.hold.renew();
    deps.halt.throwIfAborted();
    const push = { branch: name, head, expected: known, signal: deps.halt };
    const { risk } = permitted;
    const pushed = await audited(deps, { meta, run: work.run, head, risk }, () => pushBranch(mirror, push));
    if (!pushed.ok) return pushed;
    if (pushed.refused) {
      const undone = await uncommit(hands, base);
      return undone.ok ? { ok: true, refusal: `The host refused it:\n${pushed.refused}` } : undone;
    }
    if (pushed.stale === undefined) return openChange(deps, { work, head });
    if (round === mostRounds)
      return failure(
        'repo_unreachable',
        `Others push to branch ${name} all the time. The work is kept; prompt again to retry.`,
      );
    await deps.changes.noteTheirs(deps.writer, pushed.stale);
    const taken = await takeInOthers(deps, hands, work.run);
    if (!taken.ok) return taken;
    const kept = await keep(deps, hands);
    if (!kept.ok) return kept;
    head = kept.head;
  }
}

/** Written down before the host is asked: a server that dies in between leaves that it was tried. */
async function audited(
  deps: DeliverDeps,
  { meta, run, head, risk }: { meta: Meta; run: Run; head: string; risk: Risk | undefined },
  push: () => ReturnType<typeof pushBranch>,
): ReturnType<typeof pushBranch> {
  const ended = await deps.audit.begin({
    act: 'push',
    who: run.author,
    sessionId: meta.id,
    from: { way: 'worker' },
    about: {
      ...{ repo: meta.repo ?? '', branch: branchOf(meta).name, commit: head, turnId: run.turnId },
      ...(risk ? { risk: risk.score, reasons: risk.reasons.join('; ') } : {}),
    },
  });
  const pushed = await push();
  const isTaken = pushed.ok && !pushed.refused && pushed.stale === undefined;
  await ended({ code: isTaken ? 'ok' : pushed.ok ? 'refused' : pushed.code });
  return pushed;
}

/** The change of what is pushed. Where that is halted, the next look at the session's changes opens it. */
async function openChange(
  deps: DeliverDeps,
  { work, head }: { work: { run: Run }; head: string },
): Promise<Delivered> {
  await deps.hold.renew();
  return deps.changes.publish(deps.writer, { work, head }, deps.halt);
}

/** Before a refusal the host is looked at anew: what the mirror does not know yet is not new there. */
async function judge(
  deps: DeliverDeps,
  mirror: Mirror,
  { meta, run, head }: { meta: Meta; run: Run; head: string },
): Promise<Result<Judgement>> {
  const branch = branchOf(meta);
  const authors = [...meta.authors, ...meta.unfinished, run.author];
  const people = await Promise.all(
    authors.map(async author => [await deps.signatureOf(author), deps.ownSignature(author)]),
  );
  const push = {
    branch: branch.name,
    head,
    hosted: [branch.pushedSha, branch.theirSha, branch.mergedSha],
    people: [...people.flat(), ...(run.signature ? [run.signature] : [])],
    remarked: run.remarked ?? [],
  };
  const ask = () => refusalOf({ ...deps, mirror }, push, deps.halt);
  const judged = await ask();
  if (!judged.ok || judged.refusal === null) return judged;
  return (await orAbort(mirror.fetch(), deps.halt)).ok ? ask() : judged;
}

/** Where a key is given: the same commits, signed, here and in the sandbox. */
async function signHead(
  deps: DeliverDeps,
  hands: Hands,
  { base, head }: { base: string; head: string },
): Promise<Result<{ head: string }>> {
  if (!deps.signing) return { ok: true, head };
  const { repo } = await deps.writer.meta();
  const mirror = deps.repos.mirror(repo ?? '');
  const signed = await signCommits(mirror, { base, head, signing: deps.signing, signal: deps.halt });
  if (!signed.ok || signed.head === head) return signed;
  const adopted = await adoptHead(hands, mirror, { from: head, to: signed.head });
  if (!adopted.ok) return adopted;
  return keep(deps, hands);
}
