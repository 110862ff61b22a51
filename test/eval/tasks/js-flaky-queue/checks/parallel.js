export class Queue {
  #all = [];
  add(job) { const run = Promise.resolve().then(job); this.#all.push(run.catch(() => {})); return run; }
  get waiting() { return 0; }
  async idle() { for (let n = -1; n !== this.#all.length; ) { n = this.#all.length; await Promise.all(this.#all); } }
}
