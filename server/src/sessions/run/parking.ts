import { SessionState } from '@deckhand/shared';
import { type ApprovalRequest, approvalsChannel, asking, indexApproval } from '../approvals.ts';
import { readControl } from '../control/takeControl.ts';
import { PendingApproval } from '../pendingApproval.ts';
import { commit, type EventDraft, type Op } from '../store/commit.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import { type Meta, type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, controlWaits, isRunning, nextState } from '../transitions.ts';
import { readRunIds } from './runState.ts';

type Held = { store: Store; sessionId: string; fence: number };
const system = { kind: 'system' as const };

/**
 * Puts a turn aside until somebody answered: from here on nobody works on it, and whoever takes it up again finds it at
 * the same call. 'stopped': somebody wants it to stop, it is not put aside. 'lost': it is another worker's now.
 */
export async function parkTurn(
  { store, sessionId, fence }: Held,
  run: Run,
  request: ApprovalRequest,
): Promise<'parked' | 'stopped' | 'lost'> {
  const { approvalId, expiresAtMs } = request;
  const [meta, { stop }] = await Promise.all([readMeta(store, sessionId), readRunIds(store, sessionId)]);
  const state = meta && nextState(meta.state, { kind: 'turn.parked' });
  if (!state) return 'lost';
  if (stop === run.turnId) return 'stopped';
  await indexApproval(store, sessionId, { approvalId, expiresAtMs });
  const parked: Run = { ...run, parkedAtMs: Date.now() };
  const asked = asking(request);
  const done = await commit(store, sessionId, {
    checks: checksOf('turn.parked', { fence, stop, approval: [approvalId, false] }),
    ops: [
      ...asked.ops,
      ['HSET', part.meta, 'state', state],
      ['HSET', part.run, 'turn', JSON.stringify(parked), 'parked', approvalId],
    ],
    events: [...asked.events, { type: 'session.state', actor: system, turnId: run.turnId, data: { state } }],
  });
  await store.publish(approvalsChannel, approvalId);
  if (done.ok) return 'parked';
  return done.failed[0] === 'fence' ? 'lost' : 'stopped';
}

/**
 * Puts a turn aside until the person who has control hands back. 'changed': they did, or somebody took it from them.
 * 'stopped' and 'lost' as above.
 */
export async function yieldTurn(
  { store, sessionId, fence }: Held,
  run: Run,
  controlText: string,
): Promise<'parked' | 'changed' | 'stopped' | 'lost'> {
  const [meta, { stop }] = await Promise.all([readMeta(store, sessionId), readRunIds(store, sessionId)]);
  const state = meta && nextState(meta.state, { kind: 'turn.yields' });
  if (!state) return 'lost';
  if (stop === run.turnId) return 'stopped';
  const parked: Run = { ...run, parkedAtMs: Date.now() };
  const done = await commit(store, sessionId, {
    checks: checksOf('turn.yields', { fence, stop, controlText }),
    ops: [
      ['HSET', part.meta, 'state', state],
      ['HSET', part.run, 'turn', JSON.stringify(parked), 'parked', controlWaits],
    ],
    events: [{ type: 'session.state', actor: system, turnId: run.turnId, data: { state } }],
  });
  if (done.ok) return 'parked';
  if (done.failed[0] === 'fence') return 'lost';
  return (await readRunIds(store, sessionId)).stop === run.turnId ? 'stopped' : 'changed';
}

/**
 * A parked turn has its answer: it goes on. The time that it was parked is none of its own: all its times move on by it,
 * so that neither its deadline nor what it is charged for has it. Null: it is another's.
 */
export async function resumeTurn(
  { store, sessionId, fence }: Held,
  meta: Meta,
  { parkedAtMs, ...run }: Run,
): Promise<Run | null> {
  if (isRunning(meta.state)) return { ...run, ...(parkedAtMs === undefined ? {} : { parkedAtMs }) };
  const state = nextState(meta.state, { kind: 'turn.resumed' });
  const [{ text: controlText }, { stop }] = await Promise.all([
    readControl(store, sessionId),
    readRunIds(store, sessionId),
  ]);
  if (!state || (controlText !== false && stop !== run.turnId)) return null;
  const waitedMs = Math.max(0, Date.now() - (parkedAtMs ?? Date.now()));
  const { startedAtMs, sandboxAtMs, deadlineAtMs } = run;
  const next: Run = {
    ...run,
    startedAtMs: startedAtMs + waitedMs,
    deadlineAtMs: deadlineAtMs + waitedMs,
    ...(sandboxAtMs === undefined ? {} : { sandboxAtMs: sandboxAtMs + waitedMs }),
  };
  const done = await commit(store, sessionId, {
    checks: checksOf('turn.resumed', { fence, turnId: run.turnId, controlText }),
    ops: [
      ['HSET', part.meta, 'state', state],
      ['HDEL', part.meta, 'waitsFor'],
      ['HSET', part.run, 'turn', JSON.stringify(next)],
      ['HDEL', part.run, 'parked'],
    ],
    events: [{ type: 'session.state', actor: system, turnId: run.turnId, data: { state } }],
  });
  return done.ok ? next : null;
}

/** Whether a session's turn waits for somebody's yes, for sessions that it began, or for a person to hand back. */
export async function isParked(store: Store, sessionId: string): Promise<boolean> {
  return (await store.hexists(sessionKey(sessionId, part.run), 'parked')) === 1;
}

/**
 * Whether nobody is to work on it: its turn was put aside, a person has control, or a stop held what waits. A turn that
 * runs comes to its next step, or to its end.
 */
export async function isHeldBack(store: Store, sessionId: string): Promise<boolean> {
  const [parked, [control, queueHeld, state = null], { turnId, stop }] = await Promise.all([
    isParked(store, sessionId),
    store.hmget(sessionKey(sessionId, part.meta), 'control', 'queueHeld', 'state'),
    readRunIds(store, sessionId),
  ]);
  if (!parked && queueHeld && turnId === null) return true;
  if (parked || !control) return parked;
  const works = state !== null && isRunning(SessionState.parse(state));
  return !works && (turnId === null || stop !== turnId);
}

/** What a parked turn waits for somebody's yes to; null where it waits for none. */
export async function parkedApproval(store: Store, sessionId: string): Promise<PendingApproval | null> {
  const approvalId = await store.hget(sessionKey(sessionId, part.run), 'parked');
  const text = approvalId ? await store.hget(sessionKey(sessionId, part.approvals), approvalId) : null;
  return text ? PendingApproval.parse(JSON.parse(text)) : null;
}

/** What a turn asked for and nobody answered is over with it. */
export async function closeCalls(
  store: Store,
  sessionId: string,
  turnId: string,
): Promise<{ ops: Op[]; events: EventDraft[] }> {
  const texts = await store.hvals(sessionKey(sessionId, part.approvals));
  const open = texts
    .map(text => PendingApproval.parse(JSON.parse(text)))
    .filter(pending => pending.turnId === turnId && pending.onYes?.kind === 'call');
  for (const { approvalId } of open) await store.zrem(orgKeys.approvals, `${sessionId} ${approvalId}`);
  return {
    ops: open.map(({ approvalId }) => ['HDEL', part.approvals, approvalId]),
    events: open.map(({ approvalId }) => ({
      type: 'approval.resolved',
      actor: system,
      turnId,
      data: { approvalId, approved: false, replaced: true },
    })),
  };
}
