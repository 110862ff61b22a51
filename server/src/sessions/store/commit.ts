import { randomBytes } from 'node:crypto';
import { type Actor, DeckhandError, type NewEvent } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { fitEvent } from '../log/fitEvent.ts';
import { keepHeadBehind } from '../log/headsAt.ts';
import { sessionPrefix } from './keys.ts';
import type { Store } from './store.ts';

export type Check =
  | ['fence', number]
  | ['absent', string]
  | ['field', string, string, string | false]
  | ['among', string, string, string[]]
  | ['length', string, number]
  | ['first', string, string[]];

/** A Redis command on one of the session's own keys: [command, key suffix, ...args]. */
export type Op = [string, string, ...(string | number)[]];

export type EventDraft = NewEvent & { actor: Actor; turnId?: string };

export type Batch = { checks: Check[]; ops?: Op[]; events?: EventDraft[] };

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
  const text = JSON.stringify({ id: commitId(), checks: batch.checks, ops: batch.ops ?? [], events });
  let answer = await store.dhCommit(sessionPrefix(sessionId), text);
  for (; answer[0] === 2; answer = await store.dhCommit(sessionPrefix(sessionId), text))
    await restoreSession(store, sessionId);
  const [ok, second, third, headDue] = answer;
  if (ok === 1) {
    if (headDue === 1) keepHeadBehind(store, sessionId, second);
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
