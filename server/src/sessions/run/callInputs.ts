import { z } from 'zod';
import type { Store } from '../store/store.ts';
import { readMessages } from './context.ts';

/** Messages of the context, as far as calls and what became of them stand in them. */
const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('assistant'), content: z.union([z.string(), z.array(z.unknown())]) }),
  z.object({ role: z.literal('tool'), content: z.array(z.unknown()) }),
]);
const CallPart = z.object({ type: z.literal('tool-call'), toolCallId: z.string(), input: z.unknown() });
/** Results carry our own id of their call; calls have the model's alone, which another answer may have again. */
const ResultPart = z.object({
  type: z.literal('tool-result'),
  toolCallId: z.string(),
  providerOptions: z.object({ deckhand: z.object({ callId: z.string() }) }),
});

const readAtOnce = 500;

/**
 * The arguments of a session's calls as the model wrote them, by our own id of each: the log has the beginning of long ones
 * only. Calls without a result, and those that somebody's erasure took out, are not among them.
 */
export async function readCallInputs(store: Store, sessionId: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const asked = new Map<string, unknown>();
  for (let from = 0; ; from += readAtOnce) {
    const texts = await readMessages(store, sessionId, from, from + readAtOnce);
    for (const text of texts) {
      const message = Message.safeParse(JSON.parse(text)).data;
      const parts = typeof message?.content === 'string' ? [] : (message?.content ?? []);
      for (const part of parts) {
        const call = CallPart.safeParse(part).data;
        if (call) asked.set(call.toolCallId, call.input);
        const result = ResultPart.safeParse(part).data;
        if (result && asked.has(result.toolCallId))
          found.set(result.providerOptions.deckhand.callId, asked.get(result.toolCallId));
      }
    }
    if (texts.length < readAtOnce) return found;
  }
}
