import { isTaskOver, startOf, type Task, taskWords } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import type { CallResult } from '../../agent/tools/tool.ts';
import { taskDir } from '../../sandboxes/worktree/taskTrees.ts';
import type { TaskRecord } from '../../sessions/run/taskRecords.ts';

/** What of a result is read by whoever gave the task; the whole is an artifact. */
export const resultChars = 8_000;
const severalChars = 14_000;

/** What an agent on a task reads first. */
export function firstMessage(record: Pick<TaskRecord, 'task' | 'writes'>): ModelMessage {
  const { task, writes } = record;
  const place = writes
    ? `You have a copy of the repository of your own in \`${taskDir(task.id)}\`, with all edits of whoever gave you the task: paths are relative to it, commands run in it, and \`/work/repo\` is not yours. Installed packages are shared with it by links: install nothing. What you change is committed for you and merged into their work tree.`
    : 'You work in the sandbox of whoever gave you the task, and only read.';
  return {
    role: 'user',
    content: [
      `[Deckhand] You work on a task that another agent gave you. ${place} Nobody answers questions: where something is open, choose, and say what you assumed. Your last message is all that they read of your work: the result first, with the places and commands that bear it out, then what is open.`,
      `Goal: ${task.goal}`,
      ...(task.input.trim() === '' ? [] : [`What you were given:\n${task.input}`]),
    ].join('\n\n'),
  };
}

/** What came out of a task, for whoever gave it. */
export function resultText({ task, agent, error }: TaskRecord): string {
  const artifacts = task.artifacts.map(({ name, uri }) => `- ${name} (${uri})`);
  return [
    `Task ${task.id} of ${agent.id}: ${taskWords[task.status]}.${error ? ` ${error.message}` : ''}`,
    ...(task.output ? [task.output] : []),
    ...(artifacts.length > 0 ? [`Kept:\n${artifacts.join('\n')}`] : []),
  ].join('\n\n');
}

/** As a call's result; of one that is not over, how it stands. */
export function resultOf(records: readonly TaskRecord[]): CallResult {
  const each = Math.floor(severalChars / Math.max(1, records.length));
  const texts = records.map(record =>
    isTaskOver(record.task.status) ? cut(resultText(record), each) : statusText(record),
  );
  const [only] = records;
  const summary =
    records.length === 1 && only
      ? `${only.agent.name}: ${taskWords[only.task.status]}`
      : `${records.length} tasks: ${records.filter(({ task }) => task.status === 'done').length} done`;
  const ok = records.every(
    ({ task, unmerged }) => !unmerged && (!isTaskOver(task.status) || task.status === 'done'),
  );
  return { ok, summary, output: texts.join('\n\n---\n\n'), truncated: false, durationMs: 0 };
}

/** Of one that a person ended: what that means for whoever gave it. */
export function stoppedText({ stopped }: Pick<TaskRecord, 'stopped'>): string | null {
  if (!stopped) return null;
  const { by, takeOver } = stopped;
  return takeOver
    ? `${by} takes this over. Leave it to them, and go on with the rest.`
    : `${by} ended it. Do not give it again unless you are asked to.`;
}

/** How one stands, in a line. */
export function statusText({ task, agent, run }: TaskRecord): string {
  const tokens = run.usage.inputTokens + run.usage.outputTokens;
  const doing = run.pending.map(({ tool }) => tool).join(', ');
  return `${task.id} ${agent.id}: ${taskWords[task.status]}${doing ? ` (${doing})` : ''}, ${run.steps} steps, ${tokens} tokens. ${firstLine(task)}`;
}

const firstLine = ({ goal }: Task) => startOf(goal.split('\n')[0] ?? '', 200);

const cut = (text: string, chars: number) =>
  text.length > chars ? `${startOf(text, chars)}\n(Cut here; the whole is in the session's log.)` : text;

export const answered = (summary: string, output = summary, ok = true): CallResult => ({
  ...{ ok, summary, output },
  ...{ truncated: false, durationMs: 0 },
});
