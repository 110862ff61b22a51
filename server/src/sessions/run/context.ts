import { TodoItem } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { hotOrCold, readList } from '../archive/hotOrCold.ts';
import { part, sessionKey } from '../store/keys.ts';
import { ContextSkips, isUndone } from '../store/meta.ts';
import type { Store } from '../store/store.ts';

/** What is kept of what was summarised, taken from the messages themselves: no model has a hand in it. */
export const Ledger = z.object({
  /** Prompts, oldest first, long ones and the middle of many cut. */
  said: z.array(z.string()),
  files: z.array(z.string()),
  commands: z.array(z.string()),
  /** The agent's own list as it stood then. */
  todo: z.array(TodoItem).default([]),
});
export type Ledger = z.infer<typeof Ledger>;

/** How the model reads the context from some moment on. The messages themselves never change. */
export const ContextVersion = z.object({
  version: z.number().int().positive(),
  /** Messages in the context when it was made: a rewind to before that takes it back. */
  madeAt: z.number().int(),
  /** Messages before this place are read as the summary, but for those in `kept`. */
  upTo: z.number().int(),
  kept: z.array(z.number().int()),
  /** Results before this place are read as one line each. */
  shrunkTo: z.number().int(),
  summary: z.string().nullable(),
  ledger: Ledger,
});
export type ContextVersion = z.infer<typeof ContextVersion>;

/** A message and its place among all that the context ever held. */
export type Entry = { place: number; message: ModelMessage };

/** What the provider counted for a request: the context's length then, its version, and who counted. */
export const Measure = z.object({
  length: z.number().int(),
  version: z.number().int(),
  tokens: z.number().int(),
  model: z.string(),
});
export type Measure = z.infer<typeof Measure>;

/** What a model's window showed itself to be, where a request was refused as too long. */
export const Window = z.object({ model: z.string(), tokens: z.number().int() });
export type Window = z.infer<typeof Window>;

/** The context as it stands: the newest version, and the messages that are still read. */
export type Context = {
  version: ContextVersion | null;
  /** Number of the newest version, also of one that was taken back. */
  newest: number;
  entries: Entry[];
  /** Messages in all: the place of the next. */
  length: number;
  measure: Measure | null;
  window: Window | null;
  /** What a rewind took back: it is in no entry. */
  skips: ContextSkips;
};

/** Costs what is still read, however long the session is. */
export async function readContext(store: Store, sessionId: string): Promise<Context> {
  const key = (name: 'meta' | 'context' | 'versions') => sessionKey(sessionId, part[name]);
  const [[skipsText, measureText, windowText], last, length] = await Promise.all([
    store.hmget(key('meta'), 'contextSkips', 'contextMeasure', 'contextWindow'),
    store.lindex(key('versions'), -1),
    store.llen(key('context')),
  ]);
  const skips = ContextSkips.parse(JSON.parse(skipsText || '[]'));
  const newest = last ? ContextVersion.parse(JSON.parse(last)) : null;
  const version =
    newest && isUndone(newest.madeAt, skips) ? await standing(store, key('versions'), skips) : newest;
  const range: Range = (from, to) => store.lrange(key('context'), from, to - 1);
  const entries = await readEntries(range, { version, length, skips });
  const measure = measureText ? Measure.parse(JSON.parse(measureText)) : null;
  return {
    version,
    newest: newest?.version ?? 0,
    entries,
    length,
    measure: measure && !isUndone(measure.length, skips) ? measure : null,
    window: windowText ? Window.parse(JSON.parse(windowText)) : null,
    skips,
  };
}

type Range = (from: number, to: number) => Promise<string[]>;
type Read = { version: ContextVersion | null; length: number; skips: ContextSkips };

/** Messages that a version reads of the first so many, but for those that are skipped. */
async function readEntries(range: Range, { version, length, skips }: Read): Promise<Entry[]> {
  const from = version?.upTo ?? 0;
  const kept = version?.kept ?? [];
  const [keptTexts, texts] = await Promise.all([
    Promise.all(kept.map(async place => (await range(place, place + 1))[0] ?? null)),
    from < length ? range(from, length) : [],
  ]);
  return [
    ...keptTexts.map((text, i) => ({ place: kept[i] ?? 0, text })),
    ...texts.map((text, i) => ({ place: from + i, text })),
  ].flatMap(({ place, text }): Entry[] => {
    const skipped = text === null || skips.some(([start, end]) => place >= start && place < end);
    return skipped ? [] : [{ place, message: JSON.parse(text) as ModelMessage }];
  });
}

/** Messages of the context by their places, JSON, wherever the session is. */
export function readMessages(store: Store, sessionId: string, from: number, to: number): Promise<string[]> {
  return hotOrCold(store, sessionId, {
    ask: multi => multi.lrange(sessionKey(sessionId, part.context), from, to - 1),
    hot: answer => answer as string[],
    cold: file => file.context(from, to - from),
  });
}

/** As the context was read for a request: `then` is what its step noted. Null where that version is not kept. */
export async function readContextAt(
  store: Store,
  sessionId: string,
  then: { length: number; version: number; skips: ContextSkips },
): Promise<Pick<Context, 'version' | 'entries'> | null> {
  const texts = then.version === 0 ? [] : await readList(store, sessionId, part.versions);
  const versions = texts.map(text => ContextVersion.parse(JSON.parse(text)));
  const version = versions.findLast(each => each.version === then.version) ?? null;
  if (version === null && then.version !== 0) return null;
  const range: Range = (from, to) => readMessages(store, sessionId, from, to);
  return { version, entries: await readEntries(range, { ...then, version }) };
}

async function standing(store: Store, key: string, skips: ContextSkips): Promise<ContextVersion | null> {
  const all = (await store.lrange(key, 0, -1)).map(text => ContextVersion.parse(JSON.parse(text)));
  return all.findLast(({ madeAt }) => !isUndone(madeAt, skips)) ?? null;
}
