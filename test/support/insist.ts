import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the server has it, as a client does that sees its server go away. */
export async function insist<T>(ask: () => Promise<{ ok: boolean } & T>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer?.ok) return answer;
    await sleep(100);
  }
}
