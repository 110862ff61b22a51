import { failure, PageAnswer, PageAsk, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { busChannel, pageAnswered, pageAsked, sessionKey } from './store/keys.ts';
import type { Store } from './store/store.ts';

/** A question to the page of one person, as it travels on the session's bus. */
export const AskedPage = PageAsk.extend({ userId: z.string() });
export type AskedPage = z.infer<typeof AskedPage>;

/** The answer; null where none came in time. Rejects with the signal's reason as soon as that aborts. */
export type AskPage = (asked: AskedPage, signal: AbortSignal) => Promise<PageAnswer | null>;

/** A panel that holds the page answers within a second or two, also where the page went away. */
const patienceMs = 10_000;
/** A publication may be lost, and a panel may be connecting anew. */
const askAgainSeconds = 2;
const openMs = 5_000;
const answerMs = 30_000;

/** Asks over the bus, whichever node the person's socket is on. Nothing of it is kept: who takes over asks again. */
export const pageAsker =
  (store: Store): AskPage =>
  async (asked, signal) => {
    signal.throwIfAborted();
    const { sessionId, callId, userId } = asked;
    const open = sessionKey(sessionId, pageAsked(callId));
    const answered = sessionKey(sessionId, pageAnswered(callId));
    // Who waits for a list takes up a connection; ending it ends the wait.
    const waiting = store.duplicate();
    waiting.on('error', () => {});
    const end = () => waiting.disconnect();
    signal.addEventListener('abort', end, { once: true });
    try {
      for (const untilMs = Date.now() + patienceMs; Date.now() < untilMs; ) {
        await store.set(open, userId, 'PX', openMs);
        await store.publish(busChannel(sessionId), `p ${JSON.stringify(asked)}`);
        const popped = await waiting.blpop(answered, askAgainSeconds);
        if (popped) return PageAnswer.parse(JSON.parse(popped[1]));
      }
      return null;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      waiting.disconnect();
      // After an abort another worker may ask the same.
      if (!signal.aborted) await store.del(open);
    }
  };

/** Takes an answer for whoever waits. From anybody but whom was asked it answers as where nobody asked. */
export async function answerPage(
  store: Store,
  sessionId: string,
  { callId, userId, answer }: { callId: string; userId: string; answer: PageAnswer },
): Promise<Result> {
  const asked = await store.get(sessionKey(sessionId, pageAsked(callId)));
  if (asked !== userId) return failure('not_found', 'Nobody asks your page for this, or not any more.');
  const answered = sessionKey(sessionId, pageAnswered(callId));
  await store
    .multi()
    .rpush(answered, JSON.stringify(answer))
    .ltrim(answered, 0, 0)
    .pexpire(answered, answerMs)
    .exec();
  return { ok: true };
}
