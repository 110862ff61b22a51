export class Queue {
  #tail = Promise.resolve();
  #waiting = 0;
  add(job) {
    this.#waiting += 1;
    const run = this.#tail.then(job).finally(() => { this.#waiting -= 1; });
    this.#tail = run.catch(() => {});
    return run;
  }
  get waiting() { return this.#waiting; }
  async idle() { await this.#tail; }
}
