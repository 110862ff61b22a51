import { type Actor, type AfterStop, failure, type Result } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { readRunIds } from '../run/runState.ts';
import { commit, type Op } from '../store/commit.ts';
import { controlChannel, orgKeys, part } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isArchived, isRunning, nextState } from '../transitions.ts';
import { noSession } from './inbox.ts';

/** Who wants it; `queue`: other than `run`, no turn begins from here on until the queue is released. */
export type StoppedBy = { actor: Actor; queue: AfterStop };

/**
 * Asks the running turn to stop. The wish is stored, so that whichever worker owns the turn now or later obeys it,
 * and published, so that the one at work hears it at once. `goesOn`: nobody works on it, somebody should wake it.
 * `by`: nobody does where the session goes with its turn, or another's agent ends it.
 */
export async function requestStop(
  store: Store,
  sessionId: string,
  turnId: string | undefined,
  by?: StoppedBy,
): Promise<Result<{ turnId: string; goesOn: boolean }>> {
  const meta = await readMeta(store, sessionId);
  if (!meta) return noSession(sessionId);
  // A parked turn may lie in the session's archive.
  if (!isRunning(meta.state)) await restoreSession(store, sessionId);
  const { turnId: running, stop } = await readRunIds(store, sessionId);
  if (!running) return failure('turn_over', 'Nothing runs in this session.');
  if (turnId !== undefined && turnId !== running) return failure('turn_over', `Turn ${turnId} is over.`);
  await store.sadd(orgKeys.open, sessionId);
  const done = await commit(store, sessionId, {
    checks: checksOf('stop.asked', { turnId: running }),
    ops: [
      ['HSET', part.run, 'stop', running],
      // A parked turn has work again: to end.
      ['HDEL', part.run, 'parked'],
      ...(by && by.queue !== 'run' ? [['HSET', part.meta, 'queueHeld', '1'] satisfies Op] : []),
    ],
    // Said once, however often somebody presses; what is wanted of the queue is said each time.
    events:
      !by || (stop === running && by.queue === 'run')
        ? []
        : [
            {
              ...{ type: 'turn.stopping', actor: by.actor, turnId: running },
              data: { turnId: running, queue: by.queue },
            },
          ],
  });
  if (!done.ok) return failure('turn_over', `Turn ${running} is over.`);
  await store.publish(controlChannel(sessionId), running);
  return { ok: true, turnId: running, goesOn: !isRunning(meta.state) };
}

export async function archiveSession(store: Store, sessionId: string, actor: Actor): Promise<Result> {
  const meta = await readMeta(store, sessionId);
  if (!meta) return noSession(sessionId);
  if (isArchived(meta.state)) return { ok: true };
  const state = nextState(meta.state, { kind: 'archive.asked' });
  await restoreSession(store, sessionId);
  const { turnId } = await readRunIds(store, sessionId);
  if (!state || turnId)
    return failure('bad_request', 'A turn runs in this session. Stop it first, then archive.');
  if (meta.control)
    return failure(
      'bad_request',
      `${meta.control.by.name} has control of this session. Hand it back first, then archive.`,
    );
  const done = await commit(store, sessionId, {
    checks: checksOf('archive.asked', { state: meta.state }),
    ops: [['HSET', part.meta, 'state', state]],
    events: [
      { type: 'session.archived', actor, data: {} },
      { type: 'session.state', actor, data: { state } },
    ],
  });
  if (done.ok) return { ok: true };
  return failure('bad_request', 'Prompts wait in this session. Cancel them first, then archive.');
}
