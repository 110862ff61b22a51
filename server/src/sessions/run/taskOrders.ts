import { type Author, failure, isTaskOver, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { readField } from '../archive/hotOrCold.ts';
import { noSession } from '../queue/inbox.ts';
import { commit } from '../store/commit.ts';
import { controlChannel, orgKeys, part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isRunning } from '../transitions.ts';
import { readRunIds } from './runState.ts';
import { TaskRecord } from './taskRecords.ts';

/** What a person wants of a task: it is obeyed once, by whichever worker has the turn. */
export const TaskOrder = z.object({
  id: z.string(),
  taskId: z.string(),
  by: z.object({ userId: z.string(), name: z.string() }),
  want: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stop'), takeOver: z.boolean() }),
    z.object({ kind: z.literal('message'), text: z.string() }),
  ]),
});
export type TaskOrder = z.infer<typeof TaskOrder>;

/** What the control channel says besides a turn's id: look at the orders. */
export const ordersNews = 'orders';
/** Of one turn that nobody obeyed yet, or that its tasks have heard of. */
const mostOrders = 200;

/**
 * Stores what somebody wants of a task, and tells whoever works on it. `goesOn`: nobody does, as the turn was put aside;
 * somebody should wake it. Fails with `turn_over` where the task is over.
 */
export async function orderTask(
  store: Store,
  sessionId: string,
  order: { id: string; taskId: string; by: Author; want: TaskOrder['want'] },
): Promise<Result<{ goesOn: boolean }>> {
  const meta = await readMeta(store, sessionId);
  if (!meta) return noSession(sessionId);
  const { taskId, want, by } = order;
  const text = await readField(store, sessionId, part.tasks, taskId);
  if (!text) return failure('not_found', `There is no task ${taskId} in this session.`);
  const { task, turnId } = TaskRecord.parse(JSON.parse(text));
  const { turnId: running } = await readRunIds(store, sessionId);
  if (isTaskOver(task.status) || running !== turnId) return failure('turn_over', `Task ${taskId} is over.`);
  if ((await store.hlen(sessionKey(sessionId, part.taskOrders))) >= mostOrders)
    return failure('queue_full', 'Too much was said to the tasks of this turn already.');
  await store.sadd(orgKeys.open, sessionId);
  const kept: TaskOrder = {
    ...order,
    id: `${by.userId}|${order.id}`,
    by: { userId: by.userId, name: by.name },
  };
  const done = await commit(store, sessionId, {
    checks: checksOf('task.ordered', { turnId }),
    ops: [
      ['HSET', part.taskOrders, kept.id, JSON.stringify(kept)],
      // A turn that was put aside has work again: to end that task.
      ...(want.kind === 'stop' ? [['HDEL', part.run, 'parked'] as ['HDEL', string, string]] : []),
    ],
  });
  if (!done.ok) return failure('turn_over', `Task ${taskId} is over.`);
  await store.publish(controlChannel(sessionId), ordersNews);
  return { ok: true, goesOn: want.kind === 'stop' && !isRunning(meta.state) };
}

/** In no order: each says of which task it is. */
export async function readTaskOrders(store: Store, sessionId: string): Promise<TaskOrder[]> {
  const texts = await store.hvals(sessionKey(sessionId, part.taskOrders));
  return texts.map(text => TaskOrder.parse(JSON.parse(text)));
}
