import type { TaskStatus } from '@deckhand/shared';
import { taskWords } from '@deckhand/shared';
import type { Item, TaskItem } from '@deckhand/shared/view';
import { section } from './blocks.ts';
import { escaped, shortened } from './mrkdwn.ts';
import { doing } from './work.ts';

const signs: Partial<Record<TaskStatus, string>> = {
  pending: ':hourglass:',
  running: ':arrow_forward:',
  blocked: ':raised_hand:',
};
const shownTasks = 10;

/** Tasks that are not over, those that they gave in turn among them, first to last. */
export function openTasks(items: readonly Item[]): TaskItem[] {
  return items.flatMap(item =>
    item.kind !== 'task' ? [] : [...(signs[item.status] ? [item] : []), ...openTasks(item.items)],
  );
}

/** One line for each task that runs: whose it is, what it is to do, and what it does now. */
export function taskBlocks(items: readonly Item[]) {
  const open = openTasks(items);
  if (open.length === 0) return [];
  const more = open.length - shownTasks;
  return [
    section(
      [
        ...open.slice(0, shownTasks).map(task => {
          const goal = task.goal?.split('\n')[0] ?? '';
          const name = escaped(shortened(task.agentName || 'Task', 40));
          return `${signs[task.status] ?? ''} *${name}*: ${escaped(shortened(goal, 80))} · ${escaped(shortened(taskNow(task), 100))}`;
        }),
        ...(more > 0 ? [`_${more} more tasks_`] : []),
      ].join('\n'),
    ),
  ];
}

/** What one does at this moment. */
export function taskNow({ status, why, items }: TaskItem): string {
  const running = items.findLast(item => item.kind === 'tool' && item.state === 'running');
  if (status === 'running' && running?.kind === 'tool') return doing(running);
  return why ?? taskWords[status];
}
