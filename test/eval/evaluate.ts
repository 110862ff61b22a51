import { writeFile } from 'node:fs/promises';
import type { Client } from '@deckhand/shared/client';
import { type Attempt, type AttemptDeps, attempt } from './attempt.ts';
import { openCleanRoom } from './cleanRoom.ts';
import type { Task } from './task.ts';
import { makeTaskRepo, type TaskRepo } from './taskRepo.ts';

export type EvaluateOptions = Pick<AttemptDeps, 'model' | 'turnMs' | 'wordsFor'> & {
  client: Client;
  tasks: readonly Task[];
  repos: ReadonlyMap<string, TaskRepo>;
  /** Tries of each task. */
  repeat: number;
  /** Sessions, each with its sandbox, at once. */
  parallel: number;
  onDone?: (attempt: Attempt) => void;
};

/** Every task as often as is asked for, through the public API of a server that knows their repositories. */
export async function evaluate(options: EvaluateOptions): Promise<Attempt[]> {
  const { tasks, repos, repeat, parallel, onDone } = options;
  const open = tasks.flatMap(task => Array.from({ length: repeat }, (_, i) => ({ task, n: i + 1 })));
  const done: Attempt[] = [];
  const work = async () => {
    for (let next = open.shift(); next; next = open.shift()) {
      const { task, n } = next;
      const repo = repos.get(task.name);
      if (!repo) throw new Error(`no repository of ${task.name}`);
      const made = await attempt({ ...options, repo, openRoom: openCleanRoom }, task, n);
      done.push(made);
      onDone?.(made);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return done.toSorted((a, b) => (a.task === b.task ? a.n - b.n : a.task < b.task ? -1 : 1));
}

/** Repositories of tasks, and the file that names them to a server. */
export async function makeTaskRepos(
  tasks: readonly Task[],
  reposFile: string,
): Promise<{ repos: Map<string, TaskRepo>; remove(): Promise<void> }> {
  const repos = new Map<string, TaskRepo>();
  for (const task of tasks) repos.set(task.name, await makeTaskRepo(task));
  const named = [...repos.values()].map(({ id, url }) => ({ id, url }));
  await writeFile(reposFile, JSON.stringify({ repos: named }));
  return {
    repos,
    async remove() {
      for (const repo of repos.values()) await repo.remove();
    },
  };
}
