import { randomBytes } from 'node:crypto';
import { DeckhandError } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { fitEvent } from '../log/fitEvent.ts';
import { keepHeadBehind } from '../log/headsAt.ts';
import { noteOps } from './auditNotes.ts';
import type { Batch, Check, EventDraft } from './batch.ts';
import { orgKeys, sessionPrefix } from './keys.ts';
import type { Store } from './store.ts';

export type { Batch, Check, EventDraft, Op } from './batch.ts';

/** `failed` names the check that did not hold and what stood there instead. */
export type Committed =
  | { ok: true; last: number; atMs: number }
  | { ok: false; failed: Check; found: string };

/**
 * Runs a batch as one script: all of it or nothing, and once, also where the connection is lost before the answer and
 * the command is sent again. A hibernated session is restored first.
 */
export async function commit(store: Store, sessionId: string, batch: Batch): Promise<Committed> {
  const events = (batch.events ?? []).map(event => encodeEvent(sessionId, event));
  const notes = noteOps(batch.events ?? []);
  // Indexed first: whatever dies afterwards, the keeper of the audit log finds what was noted.
  if (notes.length > 0) await store.zadd(orgKeys.audits, Date.now(), sessionId);
  const ops = [...(batch.ops ?? []), ...notes];
  const text = JSON.stringify({ id: commitId(), checks: batch.checks, ops, events });
  let answer = await store.dhCommit(sessionPrefix(sessionId), text);
  for (; answer[0] === 2; answer = await store.dhCommit(sessionPrefix(sessionId), text))
    await restoreSession(store, sessionId);
  const [ok, second, third, headDue] = answer;
  if (ok === 1) {
    if (headDue === 1) keepHeadBehind(store, sessionId);
    return { ok: true, last: second, atMs: Number(third) };
  }
  const failed = batch.checks[second];
  if (!failed)
    throw new DeckhandError('internal', `commit script failed check ${second}, which was not sent`);
  return { ok: false, failed, found: third };
}

const commitId = () => randomBytes(9).toString('base64url');

function encodeEvent(sessionId: string, event: EventDraft): string {
  return fitEvent({ sessionId, ...event });
}
