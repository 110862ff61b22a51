import { type ChangedFile, failure, type Result } from '@deckhand/shared';
import type { Signature } from '../../sessions/store/meta.ts';
import type { Hands } from '../hands.ts';
import {
  type TaskCommit,
  type TaskMerge,
  taskCommitOf,
  taskMergeOf,
  taskTreeOf,
} from '../untrusted/taskAnswers.ts';
import { runScript } from './script.ts';

export type { ChangedFile, TaskCommit, TaskMerge };

/** Where a task's own work tree lies in the sandbox. */
export const taskDir = (taskId: string) => `/work/tasks/${taskId}`;

/** Another task's tree, or the repository's own. */
export type TreeOf = string | null;
const named = (of: TreeOf) => of ?? '-';

/** Makes a task's own work tree, unless it is there, from all that lies in another. */
export async function openTaskTree(
  hands: Hands,
  { taskId, from }: { taskId: string; from: TreeOf },
): Promise<Result<{ made: boolean }>> {
  const done = await runScript(hands, 'task-tree', [taskId, named(from)]);
  return done.ok ? taskTreeOf(done.stdout) : done;
}

/** All that a task changed, as one commit that stays in the sandbox's repository; null where nothing differs. */
export async function commitTask(
  hands: Hands,
  { taskId, goal, author }: { taskId: string; goal: string; author: Signature },
): Promise<Result<{ commit: TaskCommit | null }>> {
  const done = await runScript(hands, 'task-commit', [taskId, goal, author.name, author.email]);
  return done.ok ? taskCommitOf(done.stdout) : done;
}

/** How often somebody else may write into the tree while it is merged into. */
const mostTries = 3;

/** Merges what a task changed into another tree; on a conflict nothing of that is touched. */
export async function mergeTask(
  hands: Hands,
  { taskId, into }: { taskId: string; into: TreeOf },
): Promise<Result<{ merge: TaskMerge }>> {
  for (let tries = 0; tries < mostTries; tries++) {
    const done = await runScript(hands, 'task-merge', [taskId, named(into)]);
    const merged = done.ok ? taskMergeOf(done.stdout) : done;
    if (!merged.ok || merged.merge.kind !== 'busy') return merged;
  }
  return failure('internal', 'Files were written while they were to be merged into.');
}

export async function leaveTaskTree(hands: Hands, taskId: string): Promise<Result> {
  const left = await runScript(hands, 'task-leave', [taskId]);
  return left.ok ? { ok: true } : left;
}
