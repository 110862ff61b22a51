/** Runs jobs one after the other, in the order in which they came. */
export class Queue {
  #tail = Promise.resolve();
  #waiting = 0;

  /** Resolves with the job's answer, or rejects with its error; the jobs behind it run all the same. */
  add(job) {
    this.#waiting += 1;
    const run = this.#tail.then(job).finally(() => {
      this.#waiting -= 1;
    });
    this.#tail = run.catch(() => {});
    return run;
  }

  get waiting() {
    return this.#waiting;
  }

  /** Resolves when nothing waits any more, also nothing that was added meanwhile. */
  async idle() {
    for (let seen = null; seen !== this.#tail; ) {
      seen = this.#tail;
      await seen;
    }
  }
}
