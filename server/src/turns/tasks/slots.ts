import { orAbort } from '../../platform/orAbort.ts';

/** So many at once, the others in line, first come first served. */
export class Slots {
  #free: number;
  #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Answers what gives the slot back. Rejects with the signal's reason, out of the line again. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#line.push(resolve);
      await orAbort(promise, signal).catch(error => {
        // Called up in the same moment: the next in line has it.
        if (this.#line.includes(resolve)) this.#line = this.#line.filter(each => each !== resolve);
        else this.#give();
        throw error;
      });
    }
    return () => this.#give();
  }

  #give(): void {
    const next = this.#line.shift();
    if (next) next();
    else this.#free += 1;
  }
}
