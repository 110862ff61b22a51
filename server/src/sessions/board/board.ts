import { type Actor, type BoardEntry, type BoardLine, failure, limits, type Result } from '@deckhand/shared';
import { headAt } from '../log/headsAt.ts';
import { noSession } from '../queue/inbox.ts';
import { commit, type EventDraft } from '../store/commit.ts';
import { orgKeys } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isArchived } from '../transitions.ts';

/** What stands on a session's blackboard, oldest first, expired lines among it: the log alone has it. */
export async function readLines(store: Store, sessionId: string): Promise<BoardLine[]> {
  const meta = await readMeta(store, sessionId);
  return meta ? (await headAt(store, sessionId, meta.last)).board : [];
}

/** Why one more does not fit; null where it does. One on the same key may take another's place. */
export function fullBoard(lines: readonly BoardLine[], key: string): string | null {
  if (lines.length < limits.boardEntries || lines.some(line => line.key === key)) return null;
  return `The blackboard holds ${limits.boardEntries} lines. Take one off, or write on a key that it has.`;
}

/** Indexed before it is written: whatever dies afterwards, its end is found. */
export async function indexExpiry(store: Store, sessionId: string, entry: BoardEntry): Promise<void> {
  if (entry.ttlMs === undefined) return;
  await store.zadd(
    orgKeys.boardExpiry,
    Date.parse(entry.createdAt) + entry.ttlMs,
    `${sessionId} ${entry.id}`,
  );
}

/** Somebody writes a line. */
export async function writeLine(
  store: Store,
  sessionId: string,
  { entry, actor }: { entry: BoardEntry; actor: Actor },
): Promise<Result> {
  const full = fullBoard(await readLines(store, sessionId), entry.key);
  if (full) return failure('queue_full', full);
  await indexExpiry(store, sessionId, entry);
  return noted(store, sessionId, { type: 'board.written', actor, data: entry });
}

/** Somebody takes a line off; `not_found` where it does not stand there. */
export async function removeLine(
  store: Store,
  sessionId: string,
  { entryId, actor }: { entryId: string; actor: Actor },
): Promise<Result> {
  const lines = await readLines(store, sessionId);
  if (!lines.some(({ id }) => id === entryId))
    return failure('not_found', 'That line is not there any more.');
  return noted(store, sessionId, { type: 'board.removed', actor, data: { entryId } });
}

async function noted(store: Store, sessionId: string, event: EventDraft): Promise<Result> {
  const meta = await readMeta(store, sessionId);
  if (!meta) return noSession(sessionId);
  if (isArchived(meta.state)) return failure('not_found', 'This session is archived. Start a new one.');
  const done = await commit(store, sessionId, { checks: checksOf('board.noted'), ops: [], events: [event] });
  return done.ok ? { ok: true } : noSession(sessionId);
}
