import { limits, startOf } from '@deckhand/shared';
import { every } from '../../platform/every.ts';
import { shareUp } from '../board/shareUp.ts';
import { readBefore } from '../log/log.ts';
import type { Wake } from '../queue/wake.ts';
import { readRunIds } from '../run/runState.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import { type Meta, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { type ChildNews, tellParent } from './tellParent.ts';
import { endWait } from './waiting.ts';

const sweepEveryMs = 5_000;
/** The end of a turn and its last words are among its newest events. */
const eventsBack = 60;

type KeeperDeps = { store: Store; wake: Wake; clock: () => number };

/** Tells what ended and was not told, as its server died in between; ends waits that are over. */
export async function sweepChildren({ store, wake, clock }: KeeperDeps): Promise<void> {
  for (const childId of await store.smembers(orgKeys.children)) {
    const meta = await readMeta(store, childId);
    if (meta && ((await isAtWork(store, meta)) || isToBegin(meta, clock()))) continue;
    if (meta?.parent) await tellOfEnd({ store, wake, clock }, meta);
    await store.srem(orgKeys.children, childId);
  }
  for (const parentId of await store.zrange(orgKeys.waitingParents, '0', '-1'))
    if (await endWait(store, parentId, clock())) await wake(parentId);
}

/** It is indexed before its first prompt is written. */
const beginsWithinMs = 60_000;
const isToBegin = ({ turnHead, createdAt }: Meta, nowMs: number): boolean =>
  turnHead === null && nowMs - Date.parse(createdAt) < beginsWithinMs;

/** The queue first: what leaves it meanwhile is seen as a turn. */
const isAtWork = async (store: Store, { id }: Meta): Promise<boolean> =>
  (await store.llen(sessionKey(id, part.inbox))) > 0 || (await readRunIds(store, id)).turnId !== null;

/** The parent hears how the child's last turn ended, once, and goes on where it waited for that. */
export async function tellOfEnd({ store, wake, clock }: KeeperDeps, child: Meta): Promise<void> {
  const parentId = child.parent?.sessionId;
  if (!parentId) return;
  await shareUp(store, child);
  await tellParent(store, { parentId, childId: child.id }, await endOf(store, child));
  if (await endWait(store, parentId, clock())) await wake(parentId);
}

/** How the child's last turn ended, as its log says. One whose prompts were cancelled never had one. */
async function endOf(store: Store, child: Meta): Promise<ChildNews> {
  const { events } = await readBefore(store, child.id, { before: child.last + 1, limit: eventsBack });
  const end = events.findLast(({ type }) => type === 'turn.finished');
  const data = (end?.data ?? {}) as { turnId?: string; question?: string; error?: { message: string } };
  const said = events.findLast(({ type, turnId }) => type === 'message.done' && turnId === end?.turnId);
  const change = events.findLast(({ type }) => type === 'change.opened')?.data as { url: string } | undefined;
  const text = data.error?.message ?? (said?.data as { text: string } | undefined)?.text;
  return {
    turnId: data.turnId ?? 'none',
    state: 'ended',
    end: {
      outcome: child.lastOutcome ?? 'stopped',
      ...(text ? { text: startOf(text, limits.childTextChars) } : {}),
      ...(data.question ? { question: startOf(data.question, limits.childTextChars) } : {}),
      ...(change ? { change: { url: change.url } } : {}),
    },
  };
}

/** Call what it returns to stop. */
export function startChildrenSweep(deps: KeeperDeps, onError: (error: unknown) => void): () => void {
  const sweeping = every(sweepEveryMs, () => sweepChildren(deps), onError);
  return () => void sweeping.stop();
}
