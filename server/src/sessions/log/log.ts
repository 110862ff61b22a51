import { type Envelope, type EventPage, limits } from '@deckhand/shared';
import type { ChainableCommander } from 'ioredis';
import { hotOrCold } from '../archive/hotOrCold.ts';
import { sessionPrefix } from '../store/keys.ts';
import { decodeEvent, type LogEntry, type StreamEntry, streamEntry } from '../store/logEntry.ts';
import type { Store } from '../store/store.ts';

async function entriesAfter(
  store: Store,
  sessionId: string,
  after: number,
  count: number,
): Promise<LogEntry[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => pageOf(multi, sessionId, [after + 1, count, limits.eventPageBytes, 'up']),
    hot: answer => (answer as StreamEntry[]).map(streamEntry),
    // Who follows a hibernated session asks every other second whether there is more.
    atHome: ({ meta }) => (after >= Number(meta.last) ? [] : undefined),
    cold: file => file.eventsAfter(after, count),
  });
}

async function entriesUpTo(
  store: Store,
  sessionId: string,
  last: number,
  count: number,
): Promise<LogEntry[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => pageOf(multi, sessionId, [last, count, limits.eventPageBytes, 'down']),
    hot: answer => (answer as StreamEntry[]).map(streamEntry),
    cold: file => file.eventsUpTo(last, count),
  });
}

/** Cut at its bytes where it is: a page of large events is not read in vain. */
function pageOf(
  multi: ChainableCommander,
  sessionId: string,
  range: [number, number, number, 'up' | 'down'],
): ChainableCommander {
  const commands = multi as ChainableCommander & {
    dhLogPage(prefix: string, ...args: (string | number)[]): ChainableCommander;
  };
  return commands.dhLogPage(sessionPrefix(sessionId), ...range);
}

/** Events after `after`, oldest first, up to `limit` and to the bytes of a page (at least one event). */
export async function readAfter(
  store: Store,
  sessionId: string,
  range: { after: number; limit: number },
): Promise<EventPage> {
  const events: Envelope[] = [];
  let bytes = 0;
  let cursor = range.after;
  const entries = await entriesAfter(store, sessionId, cursor, range.limit + 1);
  for (const { seq, atMs, json } of entries) {
    bytes += Buffer.byteLength(json);
    const full = events.length >= range.limit || (bytes > limits.eventPageBytes && events.length > 0);
    if (full) return { events, last: cursor, more: true };
    events.push(decodeEvent(seq, atMs, json));
    cursor = seq;
  }
  // A single one that fills the page may have others behind it.
  return { events, last: cursor, more: bytes > limits.eventPageBytes };
}

/** The newest events below `before`, oldest first; `more` says that older ones exist. */
export async function readBefore(
  store: Store,
  sessionId: string,
  range: { before: number; limit: number },
): Promise<EventPage> {
  const last = range.before - 1;
  if (last < 1) return { events: [], last: 0, more: false };
  const entries = await entriesUpTo(store, sessionId, last, range.limit);
  const events: Envelope[] = [];
  let bytes = 0;
  for (const { seq, atMs, json } of entries) {
    bytes += Buffer.byteLength(json);
    if (bytes > limits.eventPageBytes && events.length > 0) break;
    events.unshift(decodeEvent(seq, atMs, json));
  }
  const first = events[0]?.seq ?? 1;
  return { events, last: events.at(-1)?.seq ?? 0, more: first > 1 };
}

/** The whole log, page by page. */
export async function* readAll(store: Store, sessionId: string, after = 0): AsyncGenerator<Envelope> {
  let cursor = after;
  for (;;) {
    const page = await readAfter(store, sessionId, { after: cursor, limit: limits.eventPageCount });
    yield* page.events;
    cursor = page.last;
    if (!page.more) return;
  }
}
