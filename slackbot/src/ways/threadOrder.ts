/**
 * Messages of one thread, one after the other: the answer to one that still opens the session must find it. Other threads
 * do not wait. What a work rejects with is its own.
 */
export class ThreadOrder {
  #last = new Map<string, Promise<unknown>>();

  after<T>(thread: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(thread) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine
      .catch(() => {})
      .then(() => {
        if (this.#last.get(thread) === settled) this.#last.delete(thread);
      });
    this.#last.set(thread, settled);
    return mine;
  }
}
