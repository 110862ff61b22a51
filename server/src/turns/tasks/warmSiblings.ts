import { setTimeout as sleep } from 'node:timers/promises';
import { orAbort } from '../../platform/orAbort.ts';

/** One that is silent for longer keeps nobody waiting. */
const patienceMs = 2_000;

/**
 * Agents of one definition begin their requests with the same words, which a provider reads once where the first request is
 * there before the others: the first leaves at once, the others when it is answered.
 */
export class WarmSiblings {
  #first = new Map<string, PromiseWithResolvers<void>>();
  #patienceMs: number;

  constructor(waitMs = patienceMs) {
    this.#patienceMs = waitMs;
  }

  /** Resolves when the first request of this version may leave. Rejects with the signal's reason. */
  async wait(version: string, signal: AbortSignal): Promise<void> {
    const known = this.#first.get(version);
    if (!known) {
      this.#first.set(version, Promise.withResolvers());
      return;
    }
    const late = new AbortController();
    try {
      const patience = sleep(this.#patienceMs, undefined, { signal: late.signal }).catch(() => {});
      await orAbort(Promise.race([known.promise, patience]), signal);
    } finally {
      late.abort();
    }
  }

  /** Its first word came, or it is over. */
  isWarm(version: string): void {
    this.#first.get(version)?.resolve();
  }
}
