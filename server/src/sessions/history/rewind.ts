import { type Actor, failure, type Head, type Result, type SessionState } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { headsAt } from '../log/headsAt.ts';
import { plansAt, standAtPlans } from '../plans.ts';
import { noSession } from '../queue/inbox.ts';
import { readRunIds } from '../run/runState.ts';
import { readTurn, type TurnRecord } from '../run/turnRecords.ts';
import { systemActor } from '../run/turnWriter.ts';
import { commit, type EventDraft, type Op } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import { branchName, branchOf, type ContextSkips, type Meta, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isArchived, isRunning, nextState } from '../transitions.ts';

/** A rewind looks again as often as something else was written while it looked. */
const maxRaces = 20;

export type RewindRequest = {
  turnId: string;
  actor: Actor;
  /** The disk with the work tree of that turn; null where there is none (any more). */
  disk: string | null;
};

export type Rewound = {
  /** The sandbox that the session had: nobody needs it now. */
  sandboxId: string | null;
};

/**
 * Takes a session that rests back to where it stood when a turn ended. Nothing is erased: log and context stay, what
 * came after is skipped from now on. The fence rises, so that a worker that still holds on can write nothing more.
 */
export async function rewindSession(
  store: Store,
  sessionId: string,
  request: RewindRequest,
): Promise<Result<Rewound>> {
  for (let race = 0; race < maxRaces; race++) {
    await restoreSession(store, sessionId);
    const [rests, turn] = await Promise.all([
      mayRewind(store, sessionId),
      readTurn(store, sessionId, request.turnId),
    ]);
    if (!rests.ok) return rests;
    if (!turn) return noTurn(request.turnId);
    const { meta } = rests;
    if (meta.turnHead === turn.turnId) return { ok: true, sandboxId: null };
    const [then, now] = await headsAt(store, sessionId, [turn.seq, meta.last]);
    const contextLength = await store.llen(sessionKey(sessionId, part.context));
    if (!then || !now) return noSession(sessionId);
    const plans = standAtPlans(now, await plansAt(store, sessionId, { turn, head: then }));
    const sandbox = now.sandbox !== null;
    const state = nextState(meta.state, { kind: 'rewound', outcome: turn.outcome, sandbox });
    if (!state) continue;
    const done = await commit(store, sessionId, {
      checks: checksOf('rewound', { ...meta, contextLength }),
      ops: [...standAt(meta, { turn, state, contextLength, disk: request.disk }), ...plans.ops],
      events: [...tell(request, { turn, then, now, state }), ...plans.events],
    });
    if (done.ok) return { ok: true, sandboxId: meta.sandboxId };
  }
  return failure('rate_limited', 'Too much happened in this session at once. Rewind again.');
}

/** Whether nothing runs in a session and nothing waits. */
export async function mayRewind(store: Store, sessionId: string): Promise<Result<{ meta: Meta }>> {
  const [meta, waiting, { turnId }] = await Promise.all([
    readMeta(store, sessionId),
    store.llen(sessionKey(sessionId, part.inbox)),
    readRunIds(store, sessionId),
  ]);
  if (!meta) return noSession(sessionId);
  if (isArchived(meta.state)) return failure('bad_request', 'This session is archived. Fork it instead.');
  if (isRunning(meta.state) || turnId)
    return failure('bad_request', 'A turn runs in this session. Stop it first, then rewind.');
  if (waiting > 0)
    return failure('bad_request', 'Prompts wait in this session. Cancel them first, then rewind.');
  if (meta.control)
    return failure(
      'bad_request',
      `${meta.control.by.name} has control of this session. Hand it back first, then rewind.`,
    );
  return { ok: true, meta };
}

type Place = { turn: TurnRecord; state: SessionState; contextLength: number; disk: string | null };

function standAt(meta: Meta, { turn, state, contextLength, disk }: Place): Op[] {
  const skips: ContextSkips = [...turn.contextSkips, [turn.contextLength, contextLength]];
  const { k } = branchOf(meta);
  const fields = {
    state,
    turnHead: turn.turnId,
    lastOutcome: turn.outcome,
    contextSkips: JSON.stringify(skips),
    refSha: turn.refSha ?? '',
    baseSha: turn.baseSha ?? '',
    disk: disk ?? '',
    root: turn.root ?? '',
    branchState: JSON.stringify({ k: k + 1, name: branchName(meta.id, k + 1) }),
  };
  return [
    ['HINCRBY', part.run, 'fence', 1],
    ['HDEL', part.run, 'stop'],
    ['HDEL', part.meta, 'sandboxId', 'syncing', 'leftRunning'],
    ['HSET', part.meta, ...Object.entries(fields).flat()],
  ];
}

function tell(
  { actor, disk }: RewindRequest,
  place: { turn: TurnRecord; then: Head; now: Head; state: SessionState },
): EventDraft[] {
  const { turn, then, now } = place;
  const { turnId, outcome } = turn;
  const { question, choices } = then;
  const asked = question === null ? {} : { question, choices };
  const events: EventDraft[] = [{ type: 'session.rewound', actor, data: { turnId, outcome, ...asked } }];
  if (JSON.stringify(then.files) !== JSON.stringify(now.files))
    events.push({
      type: 'files.changed',
      actor: systemActor,
      data: { files: then.files, ...(then.filesTotal ? { total: then.filesTotal } : {}) },
    });
  if (JSON.stringify(then.todos) !== JSON.stringify(now.todos))
    events.push({ type: 'todo.updated', actor: systemActor, data: { items: then.todos } });
  return [...events, ...settled({ turn, disk, sandbox: now.sandbox, state: place.state })];
}

/** What a session that stands at a turn, without a sandbox yet, says last. */
export function settled(place: {
  turn: TurnRecord;
  disk: string | null;
  sandbox: Head['sandbox'];
  state: SessionState;
}): EventDraft[] {
  const { turn, disk, sandbox } = place;
  const events: EventDraft[] = [];
  if (turn.disk && !disk)
    events.push({ type: 'notice', actor: systemActor, data: { level: 'warning', text: noSnapshot } });
  if (sandbox && sandbox.state !== 'asleep')
    events.push({ type: 'sandbox.state', actor: systemActor, data: { state: 'asleep' } });
  return [...events, { type: 'session.state', actor: systemActor, data: { state: place.state } }];
}

export const noSnapshot =
  'There is no snapshot of that turn any more: files come back from git; what git ignores, such as installed packages, is not there.';

export const noTurn = (turnId: string) =>
  failure('not_found', `There is no turn ${turnId} in this session that has ended.`);
