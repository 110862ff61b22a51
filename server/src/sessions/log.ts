import { type Envelope, type EventPage, limits } from '@deckhand/shared';
import { part, sessionKey } from './keys.ts';
import type { Store } from './store.ts';

/** Puts an event of the log together: the stream keeps seq and time apart from what the writer gave. */
export function decodeEvent(seq: number, atMs: number, json: string): Envelope {
  const rest = JSON.parse(json) as Omit<Envelope, 'seq' | 'at'>;
  return { seq, at: new Date(atMs).toISOString(), ...rest };
}

type StreamEntry = [id: string, fields: string[]];

function decodeEntry([id, fields]: StreamEntry): Envelope {
  const [, at, , json] = fields;
  return decodeEvent(Number.parseInt(id, 10), Number(at), json ?? '{}');
}

/** How many entries one Redis read takes; a page is cut at its bytes afterwards. */
const readCount = 200;

/** Events after `after`, oldest first, up to `limit` and to the bytes of a page (at least one event). */
export async function readAfter(
  store: Store,
  sessionId: string,
  range: { after: number; limit: number },
): Promise<EventPage> {
  const key = sessionKey(sessionId, part.log);
  const events: Envelope[] = [];
  let bytes = 0;
  let cursor = range.after;
  for (;;) {
    const count = Math.min(readCount, range.limit - events.length + 1);
    const entries = (await store.xrange(key, `${cursor + 1}-0`, '+', 'COUNT', count)) as StreamEntry[];
    for (const entry of entries) {
      bytes += entry[1][3]?.length ?? 0;
      const full = events.length >= range.limit || (bytes > limits.eventPageBytes && events.length > 0);
      if (full) return { events, last: cursor, more: true };
      events.push(decodeEntry(entry));
      cursor = events.at(-1)?.seq ?? cursor;
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
  const key = sessionKey(sessionId, part.log);
  const entries = (await store.xrevrange(key, `${last}-0`, '-', 'COUNT', range.limit)) as StreamEntry[];
  const events: Envelope[] = [];
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry[1][3]?.length ?? 0;
    if (bytes > limits.eventPageBytes && events.length > 0) break;
    events.unshift(decodeEntry(entry));
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
