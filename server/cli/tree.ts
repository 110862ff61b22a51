import { type SessionTree, type TreeTask, taskWords, type Use } from '@deckhand/shared';
import { count, duration, usd } from '@deckhand/shared/words';
import { inLine } from './shown.ts';
import { workflowLines } from './workflowLines.ts';

/** One line for each session and each of its tasks, what they gave and began below them. */
export function describeTree(tree: SessionTree, depth = 0): string {
  const { sessionId, repo, title, word, tasks, tasksBefore, workflow, children, session } = tree;
  const use = session ? `  ${usedText(tree)}` : '';
  const given = (parentId: string | undefined, below: number): string[] =>
    tasks
      .filter(task => task.parentId === parentId)
      .flatMap(task => [indented(below, taskLine(task)), ...given(task.taskId, below + 1)]);
  return [
    indented(depth, `${sessionId}  ${repo ?? 'no repository'}  ${word}${use}  ${inLine(title)}`),
    ...(workflow ? workflowLines(workflow, Date.now()).map(line => indented(depth + 1, line)) : []),
    ...(tasksBefore > 0 ? [indented(depth + 1, `${tasksBefore} tasks before`)] : []),
    ...given(undefined, depth + 1),
    ...children.map(child => describeTree(child, depth + 1)),
  ].join('\n');
}

const taskLine = (task: TreeTask): string =>
  `${task.taskId}  ${task.agentId}  ${taskWords[task.status]}  ${usedText(task)}  ${inLine(task.goal)}`;

const usedText = ({ tokens, costUsd, durationMs }: Use): string =>
  [`${count(tokens)} tokens`, ...(costUsd === undefined ? [] : [usd(costUsd)]), duration(durationMs)].join(
    '  ',
  );

const indented = (depth: number, text: string) => `${'  '.repeat(depth)}${text}`;
