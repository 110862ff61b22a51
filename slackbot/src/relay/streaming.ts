import { isTaskOver } from '@deckhand/shared';
import { toolTitle } from '@deckhand/shared/toolWords';
import type { Item, TaskItem, View } from '@deckhand/shared/view';
import { nodeWho } from '@deckhand/shared/words';
import type { AnyChunk } from '@slack/types';
import { buttons } from '../render/blocks.ts';
import { type Shown, sessionUrl, turnValue } from '../render/live.ts';
import { shortened } from '../render/mrkdwn.ts';
import { activityOf, isShownStep, workOf } from '../render/work.ts';

/** Native streams live as cards: each step is a task that is told again when it changes, so that telling twice is fine. */
export function taskChunks(
  view: View,
  { turnId }: Pick<Shown, 'turnId'>,
  sent: Map<string, string>,
): AnyChunk[] {
  const { items, end, ...work } = workOf(view, turnId);
  // What gave a task is told by the task.
  const tools = work.tools.filter(isShownStep);
  const tasks = tools.map(({ callId, tool, input, ...item }): AnyChunk => {
    const { verb, object } = toolTitle(tool, input);
    const failed = item.state === 'finished' && !item.result.ok;
    return {
      type: 'task_update',
      id: callId,
      title: shortened(`${verb} ${object}`, 100),
      status: item.state === 'running' && !end ? 'in_progress' : failed ? 'error' : 'complete',
      ...(failed ? { output: shortened(item.result.summary, 200) } : {}),
    };
  });
  const title = end ? 'Finished' : capital(shortened(activityOf(view, turnId), 100));
  const all: [string, AnyChunk][] = [
    ['plan', { type: 'plan_update', title }],
    ...todoTasks(view, sent),
    ...nodeTasks(view),
    ...agentTasks(items, end !== null),
    ...tasks.map((task, i): [string, AnyChunk] => [tools[i]?.callId ?? '', task]),
  ];
  const fresh = all.filter(([id, chunk]) => sent.get(id) !== JSON.stringify(chunk));
  for (const [id, chunk] of fresh) sent.set(id, JSON.stringify(chunk));
  return fresh.map(([, chunk]) => chunk).slice(0, 50);
}

/** What was given to other agents: one card each, told again when it changes. */
function agentTasks(items: readonly Item[], ended: boolean): [string, AnyChunk][] {
  return tasksIn(items).map(task => {
    const { taskId, agentName, goal, status } = task;
    const isOver = ended || isTaskOver(status);
    const failed = status === 'failed';
    return [
      taskId,
      {
        type: 'task_update',
        id: taskId,
        title: shortened(`${agentName || 'Task'}: ${goal?.split('\n')[0] ?? ''}`, 100),
        status: failed ? 'error' : isOver ? 'complete' : status === 'pending' ? 'pending' : 'in_progress',
      },
    ];
  });
}

const tasksIn = (items: readonly Item[]): TaskItem[] =>
  items.flatMap(item => (item.kind === 'task' ? [item, ...tasksIn(item.items)] : []));
const nodeStatus = {
  waiting: 'pending',
  running: 'in_progress',
  done: 'complete',
  failed: 'error',
} as const;

/** Parts of large work. */
const nodeTasks = ({ head: { workflow } }: View): [string, AnyChunk][] =>
  (workflow?.nodes ?? []).map(node => {
    const id = `node:${workflow?.workflowId}:${node.id}`;
    const title = shortened(`${node.id} (${nodeWho(node)}): ${node.goal.split('\n')[0]}`, 100);
    return [id, { type: 'task_update', id, title, status: nodeStatus[node.status] }];
  });

const todoStatus = {
  pending: 'pending',
  in_progress: 'in_progress',
  done: 'complete',
  dropped: 'complete',
} as const;

/** The agent's own list. A task that was told cannot be taken back: one that is no longer in the list says so. */
function todoTasks({ head }: View, sent: ReadonlyMap<string, string>): [string, AnyChunk][] {
  const told = [...sent.keys()].filter(id => id.startsWith('todo:')).length;
  return Array.from({ length: Math.max(told, head.todos.length) }, (_, i) => {
    const id = `todo:${i}`;
    const item = head.todos[i] ?? { text: 'Not needed', status: 'dropped' as const };
    const title = shortened(item.status === 'dropped' ? `Dropped: ${item.text}` : item.text, 100);
    return [id, { type: 'task_update', id, title, status: todoStatus[item.status] }];
  });
}

/** What a stream begins with: the way to stop it, and a link by which it is told from others. */
export const firstChunks = (shown: Shown): AnyChunk[] => [
  {
    type: 'blocks',
    blocks: buttons(
      { label: 'Stop', action: 'stop', value: turnValue(shown), style: 'danger' },
      { label: 'Open session', action: 'open', url: sessionUrl(shown) },
    ),
  },
];

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
