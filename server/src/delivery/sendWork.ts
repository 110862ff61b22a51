import type { Result, Risk } from '@deckhand/shared';
import { orAbort } from '../platform/orAbort.ts';
import type { Mirror } from '../repos/mirror.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { adoptHead } from '../sandboxes/worktree/branches.ts';
import { branchOf, type Meta, type Run } from '../sessions/store/meta.ts';
import { keep } from './keepWork.ts';
import { pushBranch } from './pushBranch.ts';
import { type Judgement, refusalOf } from './pushGuard.ts';
import { sendLfs } from './sendLfs.ts';
import { signCommits } from './signing.ts';
import type { DeliverDeps } from './types.ts';

/** `refusal`: it may not leave as it is. `withheld`: policy keeps it here. `stale`: what stands there instead. */
export type Sent = Result<{ refusal?: string; withheld?: string; stale?: string | null }>;

/** Pushes a commit to the session's branch, unless it may not leave. Rejects where that is halted. */
export async function sendWork(
  deps: DeliverDeps,
  { meta, run, head }: { meta: Meta; run: Run; head: string },
): Promise<Sent> {
  const branch = branchOf(meta);
  const mirror = deps.repos.mirror(meta.repo ?? '');
  const known = branch.theirSha ?? branch.pushedSha ?? null;
  if (branch.pushedSha === head && !branch.theirSha) return { ok: true };
  const judged = await judge(deps, mirror, { meta, run, head });
  if (!judged.ok) return judged;
  if (judged.refusal) {
    run.remarked = [...(run.remarked ?? []), ...(judged.remarks ?? [])];
    return { ok: true, refusal: judged.refusal };
  }
  const hosted = known ?? branch.below?.sha;
  const brought = await sendLfs(mirror, { head, hosted: hosted ? [hosted] : [], signal: deps.halt });
  if (!brought.ok) return brought;
  if (brought.refused) return { ok: true, refusal: brought.refused };
  const opens = branch.changeId === undefined;
  const permitted = await deps.mayPush({ branch: branch.name, head, opens });
  if (!permitted.ok) return { ok: true, withheld: permitted.why };
  // While all this was looked at another worker may have taken the turn over.
  await deps.hold.renew();
  deps.halt.throwIfAborted();
  const push = { branch: branch.name, head, expected: known, signal: deps.halt };
  const { risk } = permitted;
  const pushed = await audited(deps, { meta, run, head, risk }, () => pushBranch(mirror, push));
  if (!pushed.ok) return pushed;
  if (pushed.refused) return { ok: true, refusal: `The host refused it:\n${pushed.refused}` };
  return pushed.stale === undefined ? { ok: true } : { ok: true, stale: pushed.stale };
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
    hosted: [branch.pushedSha, branch.theirSha, branch.mergedSha, branch.below?.sha],
    people: [...people.flat(), ...(run.signature ? [run.signature] : [])],
    remarked: run.remarked ?? [],
  };
  const ask = () => refusalOf({ ...deps, mirror }, push, deps.halt);
  const judged = await ask();
  if (!judged.ok || judged.refusal === null) return judged;
  return (await orAbort(mirror.fetch(), deps.halt)).ok ? ask() : judged;
}

/** Where a key is given: the same commits, signed, here and in the sandbox. */
export async function signHead(
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
