import type { Message } from './script.ts';

/**
 * What the real APIs refuse: a call without its one result right behind it, or a result without a call. Answers the
 * sentence of the refusal, or null where all is well.
 */
export function pairingFault(messages: Message[]): string | null {
  let open = new Set<string>();
  for (const { role, calls, callId } of messages) {
    if (role === 'tool') {
      if (!open.delete(callId ?? '')) return `No tool call found for function call output ${callId}.`;
      continue;
    }
    const [missing] = open;
    if (missing !== undefined) return `No tool output found for function call ${missing}.`;
    open = new Set(calls.map(call => call.id));
  }
  const [missing] = open;
  return missing === undefined ? null : `No tool output found for function call ${missing}.`;
}
