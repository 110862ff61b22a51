import type { SessionEvent } from '../index.ts';
import type { Item, TaskItem, ToolItem } from './items.ts';

/** Puts one event among items. */
type Fold = (items: Item[], event: SessionEvent) => void;

/** Of a task's own doings; what people are asked stands among the session's. */
export const isOfTask = (event: SessionEvent): event is SessionEvent & { taskId: string } =>
  event.taskId !== undefined && !event.type.startsWith('approval.');

/**
 * Folds an event of a task into that task's group, in place like `foldItem`. One whose beginning is not among the items
 * gets a group without a goal, which an older page completes.
 */
export function foldTask(items: Item[], event: SessionEvent & { taskId: string }, fold: Fold): void {
  const { taskId, agentId = '' } = event;
  const made = { seq: event.seq, at: event.at };
  if (event.type === 'task.created') {
    const { task, agent, depth, background = false } = event.data;
    const known = { agentId: agent.id, agentName: agent.name, goal: task.goal, depth, background };
    if (updateTask(items, taskId, item => ({ ...item, ...known }))) return;
    const item: TaskItem = { ...made, ...begun(taskId), ...known };
    const inside = (parent: TaskItem): TaskItem => ({ ...parent, items: [...parent.items, item] });
    if (!task.parentId || !updateTask(items, task.parentId, inside)) items.push(item);
    return;
  }
  const change = (item: TaskItem): TaskItem => changed(item, event, fold);
  if (updateTask(items, taskId, change)) return;
  items.push(change({ ...made, ...begun(taskId), agentId, agentName: agentId }));
}

const begun = (taskId: string) => ({
  kind: 'task' as const,
  taskId,
  agentId: '',
  agentName: '',
  goal: null,
  depth: 1,
  background: false,
  status: 'pending' as const,
  model: null,
  why: null,
  items: [],
  end: null,
});

function changed(item: TaskItem, event: SessionEvent, fold: Fold): TaskItem {
  switch (event.type) {
    case 'task.started':
      return { ...item, status: 'running', model: event.data.model, why: null };
    case 'task.blocked':
      return { ...item, status: 'blocked', why: event.data.why };
    case 'task.finished': {
      const { taskId: _, status, ...end } = event.data;
      const durationMs = Math.max(0, Date.parse(event.at) - Date.parse(item.at)) || 0;
      return { ...item, status, why: null, end: { ...end, durationMs } };
    }
    default: {
      const items = [...item.items];
      fold(items, event);
      return { ...item, items };
    }
  }
}

/** Its turn has ended: nothing of it runs any more. */
export function cutTask(item: TaskItem): TaskItem {
  const items = item.items.map((each): Item => {
    if (each.kind === 'task') return cutTask(each);
    return each.kind === 'tool' && each.state === 'running' ? { ...each, state: 'cut' } : each;
  });
  const over = ['done', 'failed', 'cancelled'].includes(item.status);
  return { ...item, items, ...(over ? {} : { status: 'cancelled' as const }) };
}

/** Replaces a task, however deep, and the groups that it stands in. False where it is not among the items. */
function updateTask(items: Item[], taskId: string, change: (item: TaskItem) => TaskItem): boolean {
  const index = items.findLastIndex(item => item.kind === 'task' && holdsTask(item, taskId));
  const item = items[index];
  if (item?.kind !== 'task') return false;
  if (item.taskId === taskId) items[index] = change(item);
  else {
    const inner = [...item.items];
    updateTask(inner, taskId, change);
    items[index] = { ...item, items: inner };
  }
  return true;
}

/** Whether it is that task, or one below it is. */
export const holdsTask = (item: TaskItem, taskId: string): boolean =>
  item.taskId === taskId || item.items.some(inner => inner.kind === 'task' && holdsTask(inner, taskId));

/** Replaces a call, also one of a task. False where it is not among the items. */
export function updateCall(items: Item[], callId: string, change: (item: ToolItem) => ToolItem): boolean {
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (item?.kind === 'tool' && item.callId === callId) {
      items[index] = change(item);
      return true;
    }
    if (item?.kind !== 'task') continue;
    const inner = [...item.items];
    if (!updateCall(inner, callId, change)) continue;
    items[index] = { ...item, items: inner };
    return true;
  }
  return false;
}

/** The newest of these items, or of a task's among them, that fits. */
export function findInside(items: readonly Item[], fits: (item: Item) => boolean): Item | undefined {
  for (let index = items.length - 1; index >= 0; index--) {
    const item = items[index];
    if (!item) continue;
    const found = fits(item) ? item : item.kind === 'task' ? findInside(item.items, fits) : undefined;
    if (found) return found;
  }
  return undefined;
}
