import type { ModelMessage } from 'ai';
import type { Context } from './context.ts';

/**
 * The context of a running turn in its worker's memory: Redis is read once, what the worker itself adds is put behind.
 * Under the lease nobody else adds anything.
 */
export class RememberedContext {
  #load: () => Promise<Context>;
  #context: Promise<Context> | null = null;
  #writes = new Set<Promise<unknown>>();

  constructor(load: () => Promise<Context>) {
    this.#load = load;
  }

  read(): Promise<Context> {
    // A look that races a write would not tell whether it saw it.
    const reading = this.#context ?? Promise.allSettled(this.#writes).then(this.#load);
    this.#context = reading;
    // One that failed is not what stands there.
    reading.catch(() => {
      if (this.#context === reading) this.#context = null;
    });
    return reading;
  }

  forget(): void {
    this.#context = null;
  }

  /** Remembers what `write` puts at the end of the context; where it throws, nobody knows what stands there. */
  async add(messages: readonly ModelMessage[], write: () => Promise<void>): Promise<void> {
    await this.#context?.catch(() => this.forget());
    // One that is read from now on has seen the write.
    const before = this.#context;
    const writing = write();
    this.#writes.add(writing);
    try {
      await writing;
      if (before === null || before !== this.#context) return;
      const context = await before;
      for (const message of messages) context.entries.push({ place: context.length++, message });
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      this.#writes.delete(writing);
    }
  }
}
