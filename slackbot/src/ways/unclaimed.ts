import type { Incoming } from './incoming.ts';

const mostThreads = 500;
const mostOfOne = 20;

/**
 * Replies in threads that were nobody's when they were heard. The message that makes such a thread ours may be heard after
 * them: events come in no order, and one that was missed is found by looking again.
 */
export class Unclaimed {
  #threads = new Map<string, Incoming[]>();

  note(thread: string, message: Incoming): void {
    const noted = [...(this.#threads.get(thread) ?? []), message].slice(-mostOfOne);
    // The thread that was silent for longest goes first.
    this.#threads.delete(thread);
    this.#threads.set(thread, noted);
    if (this.#threads.size > mostThreads) this.#threads.delete(this.#threads.keys().next().value ?? '');
  }

  /** Those that were written after a message, oldest first. The thread is somebody's now. */
  claim(thread: string, afterTs: string): Incoming[] {
    const noted = this.#threads.get(thread) ?? [];
    this.#threads.delete(thread);
    return noted.filter(({ ts }) => ts > afterTs).toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
  }
}
