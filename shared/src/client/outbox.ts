import { z } from 'zod';
import { Attachment, PromptMode, PromptWhen } from '../index.ts';
import type { ClientResult } from './result.ts';

const Entry = z.object({
  requestId: z.string(),
  sessionId: z.string(),
  text: z.string(),
  attachments: z.array(Attachment),
  /** Chosen for it. */
  model: z.string().optional(),
  when: PromptWhen.optional(),
  mode: PromptMode.optional(),
  createdAt: z.string(),
});
/** `sent` stays until its `prompt.queued` is seen or a moment has passed, so that nothing blinks on the page. */
export type OutboxEntry = z.infer<typeof Entry> &
  ({ state: 'sending' } | { state: 'sent' } | { state: 'failed'; message: string });

/** How long a sent prompt is remembered, and how soon an unanswered one is tried again. */
const laterMs = 5000;

/** Where unsent prompts outlive a reload, e.g. localStorage under one key. */
export type OutboxStorage = { load: () => string | null; save: (text: string) => void };
export type SendPrompt = (entry: OutboxEntry) => Promise<ClientResult>;

/**
 * Prompts on their way. One that was accepted here is sent until the server has it or refuses it for good; the
 * same `requestId` each time, so that it is queued once. In order within a session.
 */
export function createOutbox(send: SendPrompt, storage: OutboxStorage | undefined) {
  let entries: readonly OutboxEntry[] = load(storage);
  const listeners = new Set<() => void>();
  const pumping = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let closed = false;

  const set = (next: readonly OutboxEntry[]) => {
    entries = next;
    const unsent = entries.filter(entry => entry.state !== 'sent');
    storage?.save(JSON.stringify(unsent));
    for (const listener of listeners) listener();
  };
  const update = (requestId: string, change: (entry: OutboxEntry) => OutboxEntry | null) => {
    set(entries.flatMap(entry => (entry.requestId === requestId ? (change(entry) ?? []) : entry)));
  };

  const later = (act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, laterMs);
    timers.add(timer);
  };

  /** Sends what waits in one session, one after the other. */
  async function pump(sessionId: string): Promise<void> {
    if (pumping.has(sessionId)) return;
    pumping.add(sessionId);
    const next = () => entries.find(entry => entry.sessionId === sessionId && entry.state === 'sending');
    for (let entry = next(); entry && !closed; entry = next()) {
      const { requestId } = entry;
      const result = await send(entry);
      if (closed) break;
      if (result.ok) {
        update(requestId, sent => ({ ...sent, state: 'sent' }));
        later(() => update(requestId, () => null));
      } else if (!result.retryable) {
        update(requestId, failed => ({ ...failed, state: 'failed', message: result.message }));
      } else if (result.code === 'offline' || result.code === 'timeout') {
        // The next connection pumps at once; this is for a server that is there and silent.
        later(() => void pump(sessionId));
        break;
      } else {
        update(requestId, failed => ({ ...failed, state: 'failed', message: result.message }));
      }
    }
    pumping.delete(sessionId);
  }

  return {
    entries: () => entries,
    onChange(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(entry: z.infer<typeof Entry>): void {
      set([...entries, { ...entry, state: 'sending' }]);
      void pump(entry.sessionId);
    },
    /** Tries a failed one again, as the same request. */
    again(requestId: string): void {
      update(requestId, entry => ({ ...entry, state: 'sending' }));
      this.pumpAll();
    },
    discard(requestId: string): void {
      update(requestId, () => null);
    },
    /** Call when the connection is back. */
    pumpAll(): void {
      for (const sessionId of new Set(entries.map(entry => entry.sessionId))) void pump(sessionId);
    },
    close(): void {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      listeners.clear();
    },
  };
}
export type Outbox = ReturnType<typeof createOutbox>;

function load(storage: OutboxStorage | undefined): OutboxEntry[] {
  try {
    const parsed = z.array(Entry).safeParse(JSON.parse(storage?.load() ?? '[]'));
    return parsed.success ? parsed.data.map(entry => ({ ...entry, state: 'sending' })) : [];
  } catch {
    return [];
  }
}
