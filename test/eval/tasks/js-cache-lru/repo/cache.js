export class TtlCache {
  #ttlMs;
  #clock;
  #entries = new Map();

  constructor({ ttlMs, clock = Date.now }) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  set(key, value) {
    this.#entries.set(key, { value, untilMs: this.#clock() + this.#ttlMs });
  }

  get(key) {
    return this.#fresh(key)?.value;
  }

  has(key) {
    return this.#fresh(key) !== undefined;
  }

  delete(key) {
    return this.#entries.delete(key);
  }

  get size() {
    return this.#entries.size;
  }

  #fresh(key) {
    const entry = this.#entries.get(key);
    if (entry && entry.untilMs <= this.#clock()) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry;
  }
}
