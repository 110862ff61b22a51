import { type Artifact, startOf } from '@deckhand/shared';
import { orAbort } from '../../platform/orAbort.ts';
import type { SessionSandbox } from '../../sandboxes/acquire/sessionSandbox.ts';
import { commitTask, leaveTaskTree, mergeTask, type TaskCommit } from '../../sandboxes/worktree/taskTrees.ts';
import type { TaskEnd, TaskRecord } from '../../sessions/run/taskRecords.ts';

export type BringBackDeps = {
  sandbox: SessionSandbox;
  abandon: AbortSignal;
};

/** What came of a task's work tree, in words for whoever gave the task. */
export type BroughtBack = { words: string | null; artifacts: Artifact[]; ok: boolean };

const nothing: BroughtBack = { words: null, artifacts: [], ok: true };
const shownFiles = 40;

/**
 * Commits what a task changed, and merges it where the task came to its end. Doing it again after a crash finds the commit
 * and what is merged already. One at a time: each merge stands on what the one before left.
 */
export async function bringBack(
  { sandbox, abandon }: BringBackDeps,
  record: TaskRecord,
  status: TaskEnd,
): Promise<BroughtBack> {
  const { task, writes, within, treeIn, run } = record;
  if (!writes || treeIn === null) return nothing;
  const opened = await orAbort(sandbox.hands(), abandon);
  if (!opened.ok) return notKept(opened.message);
  const { hands } = opened;
  const author = run.signature ?? { name: run.author.name, email: 'nobody@users.deckhand.invalid' };
  const goal = `${startOf(task.goal.split('\n')[0] ?? '', 200)}\n`;
  const kept = await orAbort(commitTask(hands, { taskId: task.id, goal, author }), abandon);
  if (!kept.ok) return notKept(kept.message);
  if (!kept.commit) {
    await orAbort(leaveTaskTree(hands, task.id), abandon);
    return { ...nothing, words: 'It changed no file.' };
  }
  const { commit } = kept;
  const found = { artifacts: [artifactOf(commit, task.id)], ok: true };
  if (status !== 'done')
    return {
      ...found,
      words: `What it changed until then is ${named(commit, task.id)}, and is not merged. ${files(commit)}`,
    };
  const merged = await orAbort(mergeTask(hands, { taskId: task.id, into: within }), abandon);
  if (!merged.ok)
    return {
      ...found,
      ok: false,
      words: `Not merged: ${merged.message} It is ${named(commit, task.id)}. ${files(commit)}`,
    };
  await orAbort(leaveTaskTree(hands, task.id), abandon);
  if (merged.merge.kind === 'conflict') {
    const paths = merged.merge.paths.join(', ');
    return {
      ...found,
      ok: false,
      words: `Not merged, and nothing of your work tree was touched: it conflicts with what changed there meanwhile, in ${paths}. It is ${named(commit, task.id)}: look with \`git show ${commit.sha.slice(0, 12)}\`, merge it by \`git cherry-pick --no-commit ${commit.sha.slice(0, 12)}\` or by hand. ${files(commit)}`,
    };
  }
  return { ...found, words: `Merged into your work tree, as ${named(commit, task.id)}. ${files(commit)}` };
}

const notKept = (message: string): BroughtBack => ({
  ...{ words: `What it changed could not be brought back: ${message}`, artifacts: [], ok: false },
});

const named = ({ sha }: TaskCommit, taskId: string) =>
  `commit ${sha.slice(0, 12)} (refs/deckhand/tasks/${taskId})`;

function files({ files: changed }: TaskCommit): string {
  const shown = changed
    .slice(0, shownFiles)
    .map(({ path, added, removed }) => `${path} +${added} -${removed}`);
  const more = changed.length - shown.length;
  return `Files: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

const artifactOf = ({ sha }: TaskCommit, taskId: string): Artifact => ({
  ...{ id: `${taskId}-commit`, name: `commit ${sha.slice(0, 12)}`, type: 'code' },
  ...{ uri: `git:${sha}`, checksum: sha, createdAt: new Date().toISOString() },
});
