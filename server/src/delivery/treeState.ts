import type { Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import type { TreeFacts } from '../sandboxes/untrusted/answers.ts';
import { renewRepository } from '../sandboxes/worktree/checkout.ts';
import { lookAtTree } from '../sandboxes/worktree/workspace.ts';
import { systemActor } from '../sessions/run/turnWriter.ts';
import { branchOf, type Run } from '../sessions/store/meta.ts';
import { restoreBundle } from './savedWork.ts';
import type { DeliverDeps } from './types.ts';

/** The work tree as the agent left it; where its repository was gone or broken there is a new one now. */
export async function treeState(
  deps: DeliverDeps,
  hands: Hands,
  run: Run,
): Promise<Result<{ facts: TreeFacts }>> {
  const looked = await lookAtTree(hands);
  if (!looked.ok || !looked.facts.broken) return looked;
  const meta = await deps.writer.meta();
  const mirror = deps.repos.mirror(meta.repo ?? '');
  const refSha = meta.refSha ?? null;
  if (refSha) {
    const there = await restoreBundle(deps, { sessionId: meta.id, repoId: meta.repo ?? '', sha: refSha });
    if (!there.ok) return there;
  }
  const base = meta.baseSha ? { ok: true as const, sha: meta.baseSha } : await mirror.base();
  if (!base.ok) return base;
  const author = run.signature ?? (await deps.signatureOf(run.author));
  const renewed = await renewRepository(hands, mirror, {
    branch: branchOf(meta).name,
    baseSha: base.sha,
    refSha,
    author,
  });
  if (!renewed.ok) return renewed;
  const text =
    'The .git folder in the sandbox was gone or broken. A new one took its place, at what was saved last; the files stayed as they were.';
  await deps.writer.record([{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }]);
  return { ok: true, facts: {} };
}

/** `id`s pass when they were told of before; without one it has to be mended. */
export type TreeFault = { id?: string; text: string };

const endOf = { rebase: 'rebase', 'cherry-pick': 'cherry-pick', revert: 'revert' } as const;
const shown = 10;

/** Why the tree is not committed as it is, in words for the agent. */
export function treeFaults(facts: TreeFacts): TreeFault[] {
  const faults: TreeFault[] = [];
  for (const kind of Object.keys(endOf) as (keyof typeof endOf)[])
    if (facts[kind])
      faults.push({
        text: `A ${kind} is in progress: finish it (git ${kind} --continue) or end it (git ${kind} --abort).`,
      });
  if (facts.bisect) faults.push({ text: 'A bisect is in progress: end it (git bisect reset).' });
  if (facts.unmerged) faults.push({ text: `Conflicts are not resolved in ${listed(facts.unmerged)}.` });
  if (facts.behind)
    faults.push({
      text: 'HEAD does not hold the commit any more that this work began from (refs/deckhand/base): go back to the branch of this session, or merge that commit.',
    });
  if (facts.inner)
    faults.push({
      id: `inner ${facts.inner.join(' ')}`,
      text: `Repositories of their own inside the work tree are left out: ${listed(facts.inner)}. If their files belong here, remove the .git folder in there; else remove them or have git ignore them.`,
    });
  if (facts.submodule)
    faults.push({
      id: `submodule ${facts.submodule.join(' ')}`,
      text: `Files are changed inside submodules: ${listed(facts.submodule)}. Those are repositories of their own, and nothing of it leaves with this change. Say so to who asked, or take it back.`,
    });
  if (facts.stash)
    faults.push({
      id: `stash ${facts.stash.length}`,
      text: `Work lies in git stash (${facts.stash.length}), where nobody gets it: apply it (git stash pop) or drop it.`,
    });
  return faults;
}

const listed = (names: string[]) =>
  names.slice(0, shown).join(', ') + (names.length > shown ? ` and ${names.length - shown} more` : '');
