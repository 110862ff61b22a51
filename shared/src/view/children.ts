import type { SessionEvent, ShownChild } from '../index.ts';
import type { Item } from './items.ts';

export type ChildEvent = Extract<SessionEvent, { type: `child.${string}` }>;

/** What is known of a child after one more event of it; null where it is one that nobody began. */
function childAfter(before: ShownChild | undefined, event: ChildEvent): ShownChild | null {
  if (event.type === 'child.started') return { ...event.data, state: 'works' };
  if (!before) return null;
  const { childId, repo, title } = before;
  if (event.type === 'child.blocked') return { childId, repo, title, state: 'blocked', why: event.data.why };
  const { childId: _, ...end } = event.data;
  return { childId, repo, title, state: 'ended', end };
}

/** The list after one more event, in the order in which they began. */
export function foldChildren(children: ShownChild[], event: ChildEvent): ShownChild[] {
  const { childId } = event.data;
  const at = children.findIndex(child => child.childId === childId);
  const after = childAfter(children[at], event);
  if (!after) return children;
  return at < 0 ? [...children, after] : children.with(at, after);
}

/** The same in the timeline: one item for each, where it began. */
export function foldChildItem(items: Item[], event: ChildEvent): void {
  const { childId } = event.data;
  const at = items.findLastIndex(item => item.kind === 'child' && item.child.childId === childId);
  const item = items[at];
  const before = item?.kind === 'child' ? item.child : undefined;
  const child = childAfter(before, event);
  if (!child) return;
  if (item?.kind === 'child') items[at] = { ...item, child };
  else items.push({ seq: event.seq, at: event.at, kind: 'child', child });
}

/** A fork begins with its original's timeline, and hears no more of what the original began. */
export function leaveChildren(items: Item[]): void {
  for (const [at, item] of items.entries())
    if (item.kind === 'child' && item.child.state !== 'ended') {
      const { childId, repo, title } = item.child;
      items[at] = { ...item, child: { childId, repo, title, state: 'ended' } };
    }
}
