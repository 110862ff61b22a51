import { type Envelope, type EventPage, limits } from '@deckhand/shared';
import { hotOrCold } from '../archive/hotOrCold.ts';
import { part, sessionKey } from '../store/keys.ts';
import { decodeEvent, type LogEntry, type StreamEntry, streamEntry } from '../store/logEntry.ts';
import type { Store } from '../store/store.ts';

async function entriesAfter(
  store: Store,
  sessionId: string,
  after: number,
  count: number,
): Promise<LogEntry[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.xrange(sessionKey(sessionId, part.log), `${after + 1}-0`, '+', 'COUNT', count),
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
    ask: multi => multi.xrevrange(sessionKey(sessionId, part.log), `${last}-0`, '-', 'COUNT', count),
    hot: answer => (answer as StreamEntry[]).map(streamEntry),
    cold: file => file.eventsUpTo(last, count),
  });
}

/** How many entries one Redis read takes; a page is cut at its bytes afterwards. */
const readCount = 200;

/** Events after `after`, oldest first, up to `limit` and to the bytes of a page (at least one event). */
export async function readAfter(
  store: Store,
  sessionId: string,
  range: { after: number; limit: number },
): Promise<EventPage> {
  const events: Envelope[] = [];
  let bytes = 0;
  let cursor = range.after;
  for (;;) {
    const count = Math.min(readCount, range.limit - events.length + 1);
    const entries = await entriesAfter(store, sessionId, cursor, count);
    for (const { seq, atMs, json } of entries) {
      bytes += json.length;
      const full = events.length >= range.limit || (bytes > limits.eventPageBytes && events.length > 0);
      if (full) return { events, last: cursor, more: true };
      events.push(decodeEvent(seq, atMs, json));
      cursor = seq;
    }
    if (entries.length < count) return { events, last: cursor, more: false };
  }
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
    bytes += json.length;
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
