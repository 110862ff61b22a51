import type { Result } from '@deckhand/shared';
import type { SignatureOf } from '../identity/signatures.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { Repos } from '../repos/repos.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { bringUpstream, goOnwards, takeTheirs } from '../sandboxes/worktree/branches.ts';
import { takeBranch } from '../sandboxes/worktree/checkout.ts';
import { giveOrigin } from '../sandboxes/worktree/giveOrigin.ts';
import { readChange } from '../sessions/changeRecords.ts';
import { tellModel } from '../sessions/run/tellModel.ts';
import { systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { branchOf, type Meta, type Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { takeInBase } from './takeInBase.ts';

export type TakeInDeps = {
  store: Store;
  writer: TurnWriter;
  repos: Repos;
  signatureOf: SignatureOf;
  /** Ends the waiting for a remote. */
  halt: AbortSignal;
};

/**
 * What happened to the session's branch elsewhere, brought into its sandbox before anything is written there: it was
 * merged (work goes on from the base branch), closed (under another name), or somebody pushed to it. Nothing to do
 * costs one look.
 */
export async function takeInOthers(deps: TakeInDeps, hands: Hands, run: Run): Promise<Result> {
  const { writer, repos } = deps;
  const meta = await writer.meta();
  const branch = branchOf(meta);
  const mirror = repos.mirror(meta.repo ?? '');
  const author = run.signature ?? (await deps.signatureOf(run.author));
  if (branch.k > 1 && !branch.pushedSha) {
    const moved = branch.mergedSha
      ? await onwards(deps, hands, meta)
      : await takeBranch(hands, { branch: branch.name, author });
    if (!moved.ok) return moved;
  }
  if (branch.theirSha && branch.theirSha !== branch.pushedSha) {
    await orAbort(mirror.fetch(), deps.halt);
    const has = branch.pushedSha ?? meta.baseSha ?? branch.theirSha;
    const done = await takeTheirs(hands, mirror, { theirs: branch.theirSha, has, author });
    if (!done.ok) return done;
    if (done.taken === 'taken')
      await notice(writer, 'What somebody else pushed to this branch was merged in.');
    if (done.taken === 'conflict' && run.theirs !== branch.theirSha) {
      run.theirs = branch.theirSha;
      await tellAgent(deps, run, theirsConflict);
    }
  }
  const moved = await takeInBase(deps, hands, { meta: await writer.meta(), run });
  return moved.ok ? upstream(deps, hands, { meta, run }) : moved;
}

async function onwards({ writer, repos, halt }: TakeInDeps, hands: Hands, meta: Meta): Promise<Result> {
  const branch = branchOf(meta);
  const mirror = repos.mirror(meta.repo ?? '');
  const fetched = await orAbort(mirror.fetch(), halt);
  const base = await orAbort(mirror.base(), halt);
  if (!base.ok) return fetched.ok ? base : fetched;
  const done = await goOnwards(hands, mirror, {
    branch: branch.name,
    from: meta.baseSha ?? base.sha,
    base: base.sha,
  });
  if (!done.ok) return done;
  if (done.taken === 'nothing') return { ok: true };
  const given = await giveOrigin(hands, mirror, { baseSha: base.sha });
  if (!given.ok) return given;
  await writer.record([], { baseSha: base.sha, refSha: '' });
  await notice(
    writer,
    `The change before was merged. Work goes on from ${base.branch}, under ${branch.name}.`,
  );
  return { ok: true };
}

/** Where the pull request conflicts with the base branch, the agent gets what it is to merge. */
async function upstream(
  { store, writer, repos, halt }: TakeInDeps,
  hands: Hands,
  { meta, run }: { meta: Meta; run: Run },
): Promise<Result> {
  const { changeId } = branchOf(meta);
  const found = changeId ? await readChange(store, meta.id, changeId) : null;
  if (!found?.change.conflicts || run.upstream) return { ok: true };
  const mirror = repos.mirror(meta.repo ?? '');
  await orAbort(mirror.fetch(), halt);
  const base = await orAbort(mirror.base(), halt);
  if (!base.ok) return base;
  const done = await bringUpstream(hands, mirror, { base: base.sha, has: meta.baseSha ?? base.sha });
  if (!done.ok) return done;
  run.upstream = base.sha;
  await writer.note(run);
  return { ok: true };
}

const theirsConflict =
  'Somebody else pushed to this branch, and it does not merge by itself. Their commit is refs/deckhand/theirs: run `git merge refs/deckhand/theirs`, resolve the conflicts, and leave the commit to Deckhand.';

async function tellAgent({ writer }: TakeInDeps, run: Run, text: string): Promise<void> {
  await notice(writer, 'Somebody else pushed to this branch; the agent is to merge it.');
  await tellModel(writer, run, text);
}

const notice = (writer: TurnWriter, text: string): Promise<void> =>
  writer.record([{ type: 'notice', actor: systemActor, data: { level: 'info', text } }]);
