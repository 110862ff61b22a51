import type { ClientResult } from './result.ts';

const retry = { attempts: 6, firstDelayMs: 250, maxDelayMs: 4000 };

/**
 * Asks again while the failure is one that may pass and nobody has closed. The request must be the same one each
 * time (its `requestId`).
 */
export async function withRetries<T extends object>(
  ask: () => Promise<ClientResult<T>>,
  closed: AbortSignal,
): Promise<ClientResult<T>> {
  for (let attempt = 1; ; attempt++) {
    const result = await ask();
    if (result.ok || !result.retryable || attempt >= retry.attempts || closed.aborted) return result;
    const delayMs = Math.min(retry.firstDelayMs * 2 ** (attempt - 1), retry.maxDelayMs);
    await pause(delayMs * (0.5 + Math.random() / 2), closed);
  }
}

function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      closed.removeEventListener('abort', done);
      resolve();
    }
    closed.addEventListener('abort', done);
  });
}
