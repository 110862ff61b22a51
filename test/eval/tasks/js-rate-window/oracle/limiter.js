/** At most `limit` calls of a key in any window of `windowMs`. */
export class RateLimiter {
  #limit;
  #windowMs;
  /** key -> times of its allowed calls, oldest first, from `from` on; the key used last stands last. */
  #calls = new Map();

  constructor({ limit, windowMs = 60_000 }) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Whether a call is allowed at this time (epoch milliseconds, never going back). */
  allow(key, nowMs = Date.now()) {
    this.#forget(nowMs);
    const calls = this.#calls.get(key) ?? { times: [], from: 0 };
    while (calls.from < calls.times.length && nowMs - calls.times[calls.from] >= this.#windowMs) calls.from += 1;
    if (calls.from > 1000 && calls.from * 2 > calls.times.length) {
      calls.times.splice(0, calls.from);
      calls.from = 0;
    }
    if (calls.times.length - calls.from >= this.#limit) return false;
    calls.times.push(nowMs);
    this.#calls.delete(key);
    this.#calls.set(key, calls);
    return true;
  }

  #forget(nowMs) {
    for (const [key, { times }] of this.#calls) {
      if (nowMs - times.at(-1) < this.#windowMs) return;
      this.#calls.delete(key);
    }
  }

  /** How many keys are kept. */
  get size() {
    return this.#calls.size;
  }
}
