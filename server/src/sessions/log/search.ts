import { type Envelope, knownEvent } from '@deckhand/shared';
import { orAbort } from '../../platform/orAbort.ts';
import type { Store } from '../store/store.ts';
import { readBefore } from './log.ts';

/** An entry of the log as its words: who speaks, and what. `callId` of a call and its result. */
export type Entry = { seq: number; at: string; turnId?: string; callId?: string; who: string; text: string };

const eventsAtOnce = 500;

/** The log from its end, or from before an entry, backwards. Rejects with the signal's reason, also while a page is read. */
export async function* readBackwards(
  store: Store,
  sessionId: string,
  { before, signal }: { before: number; signal: AbortSignal },
): AsyncGenerator<Envelope> {
  for (let next = before; next > 1; ) {
    const page = await orAbort(readBefore(store, sessionId, { before: next, limit: eventsAtOnce }), signal);
    yield* page.events.toReversed();
    next = page.events[0]?.seq ?? 0;
    if (!page.more) return;
  }
}

type Wanted = {
  words: readonly string[];
  before: number;
  most: number;
  standing: (turnId: string) => boolean;
  signal: AbortSignal;
};

/** `unread`: time was up, and of what is older than this entry nothing was read. */
export type Found = { entries: Entry[]; unread: number | null };

/** Entries in which every word stands, whatever its case, newest first. An abort ends it with what was found by then. */
export async function searchLog(store: Store, sessionId: string, asked: Wanted): Promise<Found> {
  const wanted = asked.words.map(word => word.toLowerCase());
  const entries: Entry[] = [];
  let unread = asked.before;
  try {
    for await (const event of readBackwards(store, sessionId, asked)) {
      unread = event.seq;
      // What was undone is not what was done.
      if (event.turnId !== undefined && !asked.standing(event.turnId)) continue;
      const entry = entryOf(event);
      const text = entry?.text.toLowerCase();
      if (entry && text && wanted.every(word => text.includes(word))) entries.push(entry);
      if (entries.length >= asked.most) break;
    }
  } catch (error) {
    if (!asked.signal.aborted) throw error;
    return { entries, unread };
  }
  return { entries, unread: null };
}

function entryOf(envelope: Envelope): Entry | null {
  const event = knownEvent(envelope);
  if (!event) return null;
  const { seq, at, turnId } = envelope;
  const entry = (who: string, text: string, callId?: string): Entry => ({
    seq,
    at,
    who,
    text,
    ...(turnId === undefined ? {} : { turnId }),
    ...(callId === undefined ? {} : { callId }),
  });
  switch (event.type) {
    case 'prompt.queued':
      return entry(event.data.author.name, event.data.text);
    case 'message.done':
      return entry('agent', event.data.text);
    case 'tool.started':
      return entry(`call of ${event.data.tool}`, JSON.stringify(event.data.input) ?? '', event.data.callId);
    case 'tool.finished':
      return entry('result', `${event.data.summary}\n${event.data.output}`, event.data.callId);
    case 'notice':
      return entry('Deckhand', event.data.text);
    default:
      return null;
  }
}
