import type { Result } from '@deckhand/shared';
import type { Hands } from '../sandboxes/hands.ts';
import { uncommit } from '../sandboxes/worktree/workspace.ts';
import { type Branch, branchName, branchOf, type Run } from '../sessions/store/meta.ts';
import { keep } from './keepWork.ts';
import { sendWork, signHead } from './sendWork.ts';
import { cutsIn, stackTitles } from './stack.ts';
import { takeInOthers } from './takeIn.ts';
import type { DeliverDeps, Delivered } from './types.ts';

/** What is left for the top: its commit, and its place where there is something below it. */
export type Top = { head: string; stack?: { at: number; titles: string[] } };

/**
 * Of work that leaves as several changes that stand on each other: pushes and opens those below the top, one after the
 * other, each on a branch of its own. The branch that is worked on moves up with each, so that whoever goes on after a
 * crash goes on there. Where they cannot stand by themselves, what is left leaves as one.
 */
export async function publishLower(
  deps: DeliverDeps,
  hands: Hands,
  { run, ...work }: { run: Run; head: string },
): Promise<{ top: Top } | { over: Delivered }> {
  let { head } = work;
  const titles = stackTitles(run);
  const { workflow } = run;
  if (!titles || !workflow) return { top: { head } };
  for (;;) {
    const meta = await deps.writer.meta();
    const branch = branchOf(meta);
    const mirror = deps.repos.mirror(meta.repo ?? '');
    const known = branch.theirSha ?? branch.pushedSha ?? null;
    const base = known ?? branch.below?.sha ?? meta.baseSha ?? '';
    const signed = await signHead(deps, hands, { base, head });
    if (!signed.ok) return { over: signed };
    head = signed.head;
    const { workflowId } = workflow;
    const cuts = await cutsIn(mirror, { workflowId, titles, base: meta.baseSha ?? '', head });
    const at = cuts.findIndex(({ sha }) => sha === branch.below?.sha) + 1;
    const isWhole = cuts.at(-1)?.sha === head;
    const names = [...cuts.map(({ title }) => title), ...(isWhole ? [] : [titles.at(-1) ?? ''])];
    const stack = { at: at + 1, titles: names };
    const cut = cuts[at];
    if (!cut || cut.sha === head) return { top: names.length > 1 ? { head, stack } : { head } };
    // Somebody else's commits came in on top of it.
    if (known && !(await mirror.isAncestor(known, cut.sha))) return { top: { head } };
    const sent = await sendWork(deps, { meta, run, head: cut.sha });
    if (!sent.ok || sent.withheld !== undefined) return { over: sent };
    if (sent.refusal !== undefined) {
      const undone = await uncommit(hands, base);
      const refusal = `${sent.refusal} What is not pushed yet leaves as one change then.`;
      return { over: undone.ok ? { ok: true, refusal } : undone };
    }
    if (sent.stale !== undefined) {
      const merged = await takeTheirs(deps, hands, { run, theirs: sent.stale });
      if (!merged.ok) return { over: merged };
      head = merged.head;
      continue;
    }
    await deps.hold.renew();
    const opened = await deps.changes.publish(deps.writer, { run, head: cut.sha, stack }, deps.halt);
    if (!opened.ok) return { over: opened };
    await moveUp(deps, cut.sha);
  }
}

async function takeTheirs(
  deps: DeliverDeps,
  hands: Hands,
  { run, theirs }: { run: Run; theirs: string | null },
): Promise<Result<{ head: string }>> {
  await deps.changes.noteTheirs(deps.writer, theirs);
  const taken = await takeInOthers(deps, hands, run);
  return taken.ok ? keep(deps, hands) : taken;
}

/** What is done from here on goes to a branch on top of this one. */
async function moveUp({ writer }: DeliverDeps, sha: string): Promise<void> {
  const meta = await writer.meta();
  const { k, name, changeId } = branchOf(meta);
  if (changeId === undefined) throw new Error('a change that is published has an id');
  const next: Branch = { k: k + 1, name: branchName(meta.id, k + 1), below: { changeId, branch: name, sha } };
  await writer.record([], { branchState: JSON.stringify(next) });
}
