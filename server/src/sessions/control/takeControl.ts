import { type Actor, type Author, failure, newId, type Result } from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { withAuthor } from '../authors.ts';
import { noSession } from '../queue/inbox.ts';
import { commit } from '../store/commit.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isPossible } from '../transitions.ts';
import { ControlRecord } from './controlRecord.ts';

const maxRaces = 20;

/** As it is stored, for what stands on it; of a session that is in Redis. */
export async function readControl(
  store: Store,
  sessionId: string,
): Promise<{ text: string | false; record: ControlRecord | null }> {
  const text = await store.hget(sessionKey(sessionId, part.meta), 'control');
  return { text: text ?? false, record: text ? ControlRecord.parse(JSON.parse(text)) : null };
}

type Taking = { by: Author; actor: Actor; nowMs: number; leftAtMs: number };

/** From here on the agent takes no further step. `from`: who had it until now. Whoever has it already has it still. */
export async function takeControl(
  store: Store,
  sessionId: string,
  { by, actor, nowMs, leftAtMs }: Taking,
): Promise<Result<{ record: ControlRecord; from?: Author }>> {
  for (let race = 0; race < maxRaces; race++) {
    await restoreSession(store, sessionId);
    const [meta, { text, record }] = await Promise.all([
      readMeta(store, sessionId),
      readControl(store, sessionId),
    ]);
    if (!meta) return noSession(sessionId);
    if (!isPossible(meta.state, 'control.taken'))
      return failure('bad_request', 'This session is archived: there is nothing to take control of.');
    if (!meta.repo)
      return failure('bad_request', 'This session has no repository, so it has no sandbox to work in.');
    // Indexed first: whatever dies afterwards, the sweep finds that they left.
    await store.zadd(orgKeys.controls, leftAtMs, sessionId);
    if (record?.by.userId === by.userId) return { ok: true, record };
    const next: ControlRecord = {
      controlId: record?.controlId ?? newId('control'),
      ...{ by, sinceMs: nowMs },
      people: withAuthor(record?.people ?? [], by),
      marked: record?.marked ?? false,
    };
    const from = record?.by;
    const done = await commit(store, sessionId, {
      checks: checksOf('control.taken', { controlText: text }),
      ops: [
        ['HSET', part.meta, 'control', JSON.stringify(next)],
        // What lies in the work tree is theirs, too.
        ['HSET', part.meta, 'authors', JSON.stringify(withAuthor(meta.authors, by))],
      ],
      events: [{ type: 'control.taken', actor, data: { by, ...(from ? { from } : {}) } }],
    });
    if (!done.ok) continue;
    // The sweep may have found nothing there, just before.
    await store.zadd(orgKeys.controls, leftAtMs, sessionId);
    return { ok: true, record: next, ...(from ? { from } : {}) };
  }
  return failure('rate_limited', 'Too many people took control at once. Try again.');
}

/** Its sandbox knows where they began. */
export async function noteMarked(store: Store, sessionId: string, controlId: string): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const { text, record } = await readControl(store, sessionId);
    if (record?.controlId !== controlId || record.marked) return;
    const done = await commit(store, sessionId, {
      checks: checksOf('control.marked', { controlText: text }),
      ops: [['HSET', part.meta, 'control', JSON.stringify({ ...record, marked: true })]],
    });
    if (done.ok) return;
  }
}

/** They still do something: they have not left. */
export const usesControl = (store: Store, sessionId: string, leftAtMs: number): Promise<unknown> =>
  store.zadd(orgKeys.controls, 'XX', leftAtMs, sessionId);
