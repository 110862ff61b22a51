import { type Actor, type ControlChanges, failure, type Result } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { appendPrompt, type PromptRequest } from '../queue/inbox.ts';
import { readRunIds } from '../run/runState.ts';
import { commit, type EventDraft, type Op } from '../store/commit.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { checksOf, controlWaits } from '../transitions.ts';
import type { ControlRecord, ToldOfControl } from './controlRecord.ts';
import { readControl } from './takeControl.ts';

/** Of what the agent has not read yet: the newest count. */
const mostTold = 10;

export type Giving = {
  /** Whose it is: somebody who took it meanwhile keeps it. */
  of: ControlRecord;
  actor: Actor;
  changes: ControlChanges | null;
  /** What the agent reads; null: nothing. */
  told: ToldOfControl | null;
  note?: string | undefined;
  /** The note as a prompt, where no turn is there to read it. */
  prompt?: PromptRequest | undefined;
  /** They did nothing with it for so long. */
  leftMs?: number;
};

/**
 * Ends it, in one script with what the agent is told and with the prompt that the note becomes. 'changed': somebody else
 * has it, or a turn began or ended meanwhile. Wake the session afterwards.
 */
export async function giveControl(
  store: Store,
  sessionId: string,
  giving: Giving,
): Promise<Result<{ promptId?: string }> | 'changed'> {
  const { of, actor, changes, told, note, prompt, leftMs } = giving;
  await restoreSession(store, sessionId);
  const [{ text, record }, { turnId }, parked] = await Promise.all([
    readControl(store, sessionId),
    readRunIds(store, sessionId),
    store.hget(sessionKey(sessionId, part.run), 'parked'),
  ]);
  if (record?.controlId !== of.controlId || record.by.userId !== of.by.userId) return 'changed';
  if ((turnId === null) !== (prompt !== undefined) && note !== undefined) return 'changed';
  const seen = { controlText: text, parked: parked ?? (false as const), turnId: turnId ?? (false as const) };
  const checks = checksOf('control.given', seen);
  const write = (promptId?: string): { ops: Op[]; events: EventDraft[] } => ({
    ops: [
      ['HDEL', part.meta, 'control'],
      ...(parked === controlWaits ? [['HDEL', part.run, 'parked'] satisfies Op] : []),
      ...(told
        ? [
            ['RPUSH', part.controlTold, JSON.stringify(told)] satisfies Op,
            ['LTRIM', part.controlTold, -mostTold, -1] satisfies Op,
          ]
        : []),
    ],
    events: [
      {
        type: 'control.given',
        actor,
        data: {
          ...{ of: of.by, changes },
          ...(note === undefined ? {} : { note }),
          ...(leftMs === undefined ? {} : { leftMs }),
          ...(promptId ? { promptId } : {}),
        },
      },
    ],
  });
  // Indexed first: whatever dies afterwards, the sweep finds that there is work.
  await store.sadd(orgKeys.open, sessionId);
  const done = prompt
    ? await appendPrompt(store, sessionId, prompt, { checks, of: ({ promptId }) => write(promptId) })
    : await commit(store, sessionId, { checks, ...write() });
  if (done === 'lost' || (!done.ok && !('code' in done))) return 'changed';
  if (!done.ok) return failure(done.code, done.message);
  return { ok: true, ...('promptId' in done ? { promptId: done.promptId } : {}) };
}
