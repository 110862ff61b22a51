export class TtlCache {
  #ttlMs;
  #clock;
  #maxEntries;
  #onEvict;
  /** The one used least recently stands first. */
  #entries = new Map();

  constructor({ ttlMs, clock = Date.now, maxEntries = Number.POSITIVE_INFINITY, onEvict = () => {} }) {
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#onEvict = onEvict;
  }

  set(key, value) {
    if (!this.#entries.delete(key) && this.#entries.size >= this.#maxEntries) this.#makeRoom();
    this.#entries.set(key, { value, untilMs: this.#clock() + this.#ttlMs });
  }

  get(key) {
    const entry = this.#fresh(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
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

  #makeRoom() {
    for (const key of [...this.#entries.keys()]) this.#fresh(key);
    if (this.#entries.size < this.#maxEntries) return;
    const oldest = this.#entries.keys().next().value;
    this.#evict(oldest, 'full');
  }

  #evict(key, reason) {
    const { value } = this.#entries.get(key);
    this.#entries.delete(key);
    this.#onEvict(key, value, reason);
  }

  #fresh(key) {
    const entry = this.#entries.get(key);
    if (entry && entry.untilMs <= this.#clock()) {
      this.#evict(key, 'expired');
      return undefined;
    }
    return entry;
  }
}
