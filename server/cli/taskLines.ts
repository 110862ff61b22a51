import { type SessionEvent, taskWords } from '@deckhand/shared';
import pc from 'picocolors';

const said: ReadonlySet<string> = new Set(['message.done', 'reasoning.done', 'todo.updated']);

/** What an agent on a task says is for whoever gave it; what comes out is told at its end. */
export const isWithinTask = ({ taskId, type }: SessionEvent): boolean =>
  taskId !== undefined && said.has(type);

type TaskEvent = Extract<SessionEvent, { type: 'task.created' | 'task.blocked' | 'task.finished' }>;

/** How a task stands, in a line. */
export function taskLine(event: TaskEvent): string {
  if (event.type === 'task.created')
    return `${pc.bold(event.data.agent.name)}: ${event.data.task.goal.split('\n')[0]}`;
  return event.type === 'task.blocked' ? pc.yellow(`waits: ${event.data.why}`) : taskWords[event.data.status];
}
