import { isTaskOver } from '@deckhand/shared';
import { withAuthor } from '../../sessions/authors.ts';
import { readTaskOrders, type TaskOrder } from '../../sessions/run/taskOrders.ts';
import type { Run } from '../../sessions/store/meta.ts';
import { Interrupted } from '../turnControl.ts';
import type { Live, LiveTasks } from './liveTasks.ts';
import type { TaskTurn } from './taskTurn.ts';

/** Does what people want of tasks: each once, also after a crash, as the task's record says what it heard. */
export async function obeyOrders({ deps, writer, run }: TaskTurn, live: LiveTasks): Promise<void> {
  for (const order of await readTaskOrders(deps.store, writer.sessionId)) {
    const found = live.get(order.taskId);
    if (!found || isTaskOver(found.task.state.task.status)) continue;
    if (order.want.kind === 'stop') stop(found, order);
    else if (await tell(found, order)) {
      // Whoever steers a turn's work answers for it, too.
      beside(run, order);
      await writer.note(run);
    }
  }
}

function stop({ task, cancel }: Live, { by, want }: TaskOrder): void {
  if (want.kind !== 'stop' || cancel.signal.aborted) return;
  // Written down with the end that comes of it.
  task.state.stopped = { by: by.name, takeOver: want.takeOver };
  cancel.abort(new Interrupted('stopped'));
}

async function tell({ task }: Live, order: TaskOrder): Promise<boolean> {
  const { state } = task;
  const { id, by, want } = order;
  if (want.kind !== 'message' || state.heard.includes(id)) return false;
  if (state.inbox.some(known => known.id === id)) return false;
  state.inbox.push({ id, text: want.text, by: by.name });
  beside(state.run, order);
  const actor = { kind: 'user' as const, ...by };
  const data = { level: 'info' as const, text: `${by.name} to this task: ${want.text}` };
  await task.advance(state.run, { events: [{ type: 'notice', actor, data }] });
  return true;
}

function beside(run: Run, { by }: TaskOrder): void {
  if (by.userId !== run.author.userId) run.beside = withAuthor(run.beside ?? [], by);
}
