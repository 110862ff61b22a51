import { restoreSession } from '../archive/restore.ts';
import { promptsFor } from '../queue/inbox.ts';
import { readRun, readRunIds } from '../run/runState.ts';
import type { EventDraft } from '../store/batch.ts';
import { commit } from '../store/commit.ts';
import { orgKeys, part } from '../store/keys.ts';
import { type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, childrenWait, nextState } from '../transitions.ts';
import { readChildren } from './childRecord.ts';

export type Wait = NonNullable<Run['waitsFor']>;

/**
 * Puts a turn aside until its children ended: neither lease nor job holds it. 'changed': there is news of one of them
 * that it does not know. 'stopped': somebody wants it to stop. 'lost': it is another worker's now.
 */
export async function waitForChildren(
  { store, sessionId, fence }: { store: Store; sessionId: string; fence: number },
  run: Run,
  { wait, seen }: { wait: Wait; seen: ReadonlyMap<string, string> },
): Promise<'parked' | 'changed' | 'stopped' | 'lost'> {
  const [meta, { stop }] = await Promise.all([readMeta(store, sessionId), readRunIds(store, sessionId)]);
  const state = meta && nextState(meta.state, { kind: 'turn.waits' });
  if (!state) return 'lost';
  if (stop === run.turnId) return 'stopped';
  // Indexed first: whatever dies afterwards, the sweep finds when it is over.
  await store.zadd(orgKeys.waitingParents, wait.untilMs, sessionId);
  const parked: Run = { ...run, waitsFor: wait, parkedAtMs: Date.now() };
  const children = wait.childIds.map(id => [id, seen.get(id) ?? false] as const);
  const event: EventDraft = {
    type: 'session.state',
    actor: { kind: 'system' },
    turnId: run.turnId,
    data: { state, waitsForChildren: true },
  };
  const done = await commit(store, sessionId, {
    checks: checksOf('turn.waits', { fence, stop, children }),
    ops: [
      ['HSET', part.meta, 'state', state, 'waitsFor', childrenWait],
      ['HSET', part.run, 'turn', JSON.stringify(parked), 'parked', childrenWait],
    ],
    events: [event],
  });
  if (done.ok) return 'parked';
  if (done.failed[0] === 'fence') return 'lost';
  return (await readRunIds(store, sessionId)).stop === run.turnId ? 'stopped' : 'changed';
}

/**
 * Ends the wait where it is over: the children ended, its time is up, or somebody wrote to the turn. True where the
 * turn goes on now: wake it.
 */
export async function endWait(store: Store, sessionId: string, nowMs: number): Promise<boolean> {
  const meta = await readMeta(store, sessionId);
  if (!meta?.waitsForChildren) {
    await store.zrem(orgKeys.waitingParents, sessionId);
    return false;
  }
  // It may lie in the session's archive, of which the run state is read only here.
  await restoreSession(store, sessionId);
  const { turn } = await readRun(store, sessionId);
  if (!turn?.waitsFor || !(await isOver(store, sessionId, turn, nowMs))) return false;
  const done = await commit(store, sessionId, {
    checks: checksOf('turn.wakes', { turnId: turn.turnId }),
    ops: [['HDEL', part.run, 'parked']],
  });
  if (done.ok) await store.zrem(orgKeys.waitingParents, sessionId);
  return done.ok;
}

async function isOver(store: Store, sessionId: string, turn: Run, nowMs: number): Promise<boolean> {
  const { waitsFor } = turn;
  if (!waitsFor || waitsFor.untilMs <= nowMs) return true;
  const children = await readChildren(store, sessionId);
  const ended = (id: string) => {
    const { state, end } = children.get(id)?.record ?? { state: 'ended' };
    return state === 'ended' && !(waitsFor.answered && end?.outcome === 'asked');
  };
  if (waitsFor.any ? waitsFor.childIds.some(ended) : waitsFor.childIds.every(ended)) return true;
  return (await promptsFor(store, sessionId, turn)).length > 0;
}
