import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call } from '../emulators/model/index.ts';
import { createRepo } from './repo.ts';
import { openStack, type Stack } from './stack.ts';
import type { Watch } from './watch.ts';

const policy = `rules:
  - {scopes: shell:write, match: '*ask-first*', do: ask, why: Somebody looks at it.}
`;

export type TasksStack = { stack: Stack; dispose(): Promise<void> };

/** A server on which two tasks of a turn run at once and may be given on once; commands that say ask-first are asked for. */
export async function openTasks(): Promise<TasksStack> {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-tasks-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, policy);
  const repo = await createRepo('house', { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' });
  const stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_POLICY: file,
    DECKHAND_TASKS_AT_ONCE: '2',
    DECKHAND_TASK_DEPTH: '2',
  });
  return {
    stack,
    async dispose() {
      await stack.dispose();
      await repo.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A call that gives a task. */
export const delegate = (agent: string, goal: string, more: object = {}): Call => ({
  tool: 'delegate',
  input: { agent, goal, ...more },
});

/** The tasks of a session, each with its ends. */
export const tasksOf = (session: Watch) =>
  session.all('task.created').map(({ taskId = '', data }) => ({
    taskId,
    agent: data.agent.id,
    goal: data.task.goal,
    ends: session.all('task.finished').filter(end => end.taskId === taskId),
  }));

/** Results of the calls of the turn's own agent. */
export const resultsOf = (session: Watch) =>
  session.all('tool.finished').flatMap(event => (event.taskId ? [] : [event.data]));
