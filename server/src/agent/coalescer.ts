import { isHighSurrogate, type TurnFrame } from '@deckhand/shared';
import type { SendFrame } from './ports.ts';

/** First frame at once, then at most one every 25 ms, up to 150 ms when the store is slow (DESIGN section 4). */
const quickMs = 25;
const slowMs = 150;

type Target = { kind: TurnFrame['kind']; id: string; turnId: string; attempt: number; maxChars: number };

/** Gathers the pieces of one unfinished text into frames. Only the worker does this; the fence ends it. */
export class Coalescer {
  #send: SendFrame;
  #target: Target;
  #offset = 0;
  #buffer = '';
  #waitMs = 0;
  #sending: Promise<void> | null = null;
  #ended = false;
  #hurried = false;
  #before: Promise<void> | null = null;
  #endPause = () => {};

  constructor(send: SendFrame, target: Target) {
    this.#send = send;
    this.#target = target;
  }

  push(text: string): void {
    if (this.#ended) return;
    const room = this.#target.maxChars - this.#offset - this.#buffer.length;
    this.#buffer += room < text.length ? text.slice(0, Math.max(0, room)) : text;
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = null;
    });
  }

  /** Sends what is left at once, and goes on as before. */
  async catchUp(): Promise<void> {
    this.#hurried = true;
    this.#endPause();
    await this.#sending;
    this.#hurried = false;
  }

  /** What is pushed from here on waits for that. */
  follow(before: Promise<void>): void {
    this.#before = before.catch(() => {});
  }

  /** No more frames: the event that ends the text carries the whole. Waits for the one on its way. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#buffer = '';
    await this.#sending;
  }

  /** Sends what is left at once: viewers have all of it before the event that ends the text. */
  async flush(): Promise<void> {
    this.#hurried = true;
    this.#endPause();
    await this.#sending;
    await this.end();
  }

  async #drain(): Promise<void> {
    // Pieces that arrive in the same tick go together.
    await this.#before;
    while (!this.#ended && this.#take() > 0) {
      const sentAtMs = performance.now();
      const text = this.#buffer.slice(0, this.#take());
      this.#buffer = this.#buffer.slice(text.length);
      const { kind, id, turnId, attempt } = this.#target;
      const mine = await this.#send({ kind, id, turnId, attempt, offset: this.#offset, text }).catch(
        () => true,
      );
      if (!mine) this.#ended = true;
      this.#offset += text.length;
      const tookMs = performance.now() - sentAtMs;
      this.#waitMs = tookMs > quickMs ? Math.min(slowMs, tookMs * 2) : quickMs;
      await this.#pause(this.#waitMs - tookMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#hurried) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, ms));
    this.#endPause = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** How much of the buffer can go now: whole code points only. */
  #take(): number {
    const { length } = this.#buffer;
    return length > 0 && isHighSurrogate(this.#buffer.charCodeAt(length - 1)) ? length - 1 : length;
  }
}
