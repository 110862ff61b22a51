/** At most `limit` calls of a key in a window of `windowMs`. */
export class RateLimiter {
  #limit;
  #windowMs;
  #counts = new Map();

  constructor({ limit, windowMs = 60_000 }) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Whether a call is allowed at this time (epoch milliseconds, never going back). */
  allow(key, nowMs = Date.now()) {
    const window = Math.floor(nowMs / this.#windowMs);
    const id = `${key}:${window}`;
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    return count <= this.#limit;
  }

  /** How many keys are kept. */
  get size() {
    return this.#counts.size;
  }
}
