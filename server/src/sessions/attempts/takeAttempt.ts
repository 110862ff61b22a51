import { type Actor, type Author, failure, type Result } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { mayRewind } from '../history/rewind.ts';
import { headAt } from '../log/headsAt.ts';
import { systemActor } from '../run/turnWriter.ts';
import { commit, type EventDraft } from '../store/commit.ts';
import { part } from '../store/keys.ts';
import type { Meta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, nextState } from '../transitions.ts';
import { type AttemptGroup, attemptsOp, readAttempts } from './attemptRecords.ts';

export type Taking = {
  groupId: string;
  n: number;
  by: Author;
  actor: Actor;
  /** The attempt's session as it rests, and a copy of its disk where there is one. */
  child: Meta;
  disk: string | null;
  /** What bears it out, for the change's words. */
  words: string;
};

const maxRaces = 20;

/** Whether it may be taken now. Who took another is told. */
export function mayTake(group: AttemptGroup, n: number): Result {
  const attempt = group.attempts.find(each => each.n === n);
  if (!attempt)
    return failure('not_found', `There is no attempt ${n}: there are 1 to ${group.attempts.length}.`);
  const { taken } = group;
  if (taken && taken.n === n) return { ok: true };
  if (taken) return failure('bad_request', `${taken.by.name} took attempt ${taken.n} already.`);
  if (attempt.ended === undefined) return failure('bad_request', `Attempt ${n} has not ended yet.`);
  return { ok: true };
}

/** The session stands from now on where that attempt ended. Of several who take at once, one does; the same again is fine. */
export async function takeAttempt(
  store: Store,
  sessionId: string,
  taking: Taking,
): Promise<Result<{ group: AttemptGroup; sandboxId: string | null }>> {
  const { groupId, n, by, actor, child, disk, words } = taking;
  const files = (await headAt(store, child.id, child.last)).files;
  for (let race = 0; race < maxRaces; race++) {
    await restoreSession(store, sessionId);
    const [rests, kept] = await Promise.all([
      mayRewind(store, sessionId),
      readAttempts(store, sessionId, groupId),
    ]);
    if (!kept) return failure('not_found', 'There are no such attempts in this session.');
    const may = mayTake(kept.group, n);
    if (!may.ok) return may;
    if (kept.group.taken) return { ok: true, group: kept.group, sandboxId: null };
    if (!rests.ok) return rests;
    const { meta } = rests;
    if (meta.turnHead !== kept.group.turnHead)
      return failure(
        'bad_request',
        'This session went on since. Rewind it to where the attempts began, then take one.',
      );
    const state = nextState(meta.state, { kind: 'attempt.taken' });
    if (!state) continue;
    const group: AttemptGroup = { ...kept.group, state: 'taken', taken: { n, by, atMs: Date.now(), words } };
    const fields = {
      ...{ state, lastOutcome: 'done', refSha: child.refSha ?? '', baseSha: child.baseSha ?? '' },
      ...{ disk: disk ?? '', root: child.root ?? '' },
    };
    const events: EventDraft[] = [
      { type: 'attempt.taken', actor, data: { groupId, n, childId: child.id, by } },
      { type: 'files.changed', actor: systemActor, data: { files } },
      ...(meta.sandboxId
        ? [{ type: 'sandbox.state' as const, actor: systemActor, data: { state: 'asleep' as const } }]
        : []),
      { type: 'session.state', actor: systemActor, data: { state } },
    ];
    const done = await commit(store, sessionId, {
      checks: checksOf('attempt.taken', { ...meta, attempts: [groupId, kept.text] }),
      ops: [
        ['HINCRBY', part.run, 'fence', 1],
        ['HDEL', part.meta, 'sandboxId', 'syncing', 'leftRunning'],
        ['HSET', part.meta, ...Object.entries(fields).flat()],
        attemptsOp(group),
      ],
      events,
    });
    if (done.ok) return { ok: true, group, sandboxId: meta.sandboxId };
  }
  return failure('rate_limited', 'Too much happened in this session at once. Take it again.');
}
