import type { SessionEvent } from '../index.ts';
import type { AttemptsItem, Item } from './items.ts';

export type AttemptsEvent = Extract<
  SessionEvent,
  { type: 'attempts.started' | 'attempts.ended' | 'attempt.taken' }
>;

/** One item for each group, where it began; what comes later completes it. */
export function foldAttempts(items: Item[], event: AttemptsEvent): void {
  const { groupId } = event.data;
  if (event.type === 'attempts.started') {
    const { title, author, attempts } = event.data;
    const made = { seq: event.seq, at: event.at, kind: 'attempts' as const };
    items.push({ ...made, groupId, title, author, attempts, state: 'working', taken: null });
    return;
  }
  const at = items.findLastIndex(item => item.kind === 'attempts' && item.groupId === groupId);
  const item = items[at];
  if (item?.kind === 'attempts') items[at] = after(item, event);
}

function after(
  item: AttemptsItem,
  event: Exclude<AttemptsEvent, { type: 'attempts.started' }>,
): AttemptsItem {
  if (event.type === 'attempts.ended')
    return { ...item, state: event.data.state, attempts: event.data.attempts };
  const { n, by } = event.data;
  return { ...item, state: 'taken', taken: { n, by } };
}

/** Whether that session is an attempt that is shown among these. */
export const isAttempt = (items: readonly Item[], childId: string): boolean =>
  items.some(item => item.kind === 'attempts' && item.attempts.some(each => each.childId === childId));
