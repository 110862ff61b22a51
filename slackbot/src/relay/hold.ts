import type { RelayState, ThreadInfo, ThreadKey } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';

/** A thread is held this long after the last word to the server. */
const ttlMs = 10_000;
const renewEveryMs = 2_500;
/** A request to Slack that begins must have ended before anybody else may take the thread. */
export const requestMs = 5_000;

/** Another process relays the thread now: whoever gets this writes nothing more there. */
export class HoldLost extends Error {
  override name = 'HoldLost';
}

export type HoldOptions = { client: Client; owner: string; thread: ThreadKey; clock?: () => number };

const keptPosts = 40;

/**
 * The right to write in one thread, under a fence that the server keeps, and how far the thread is. While the server is
 * away it is not renewed, and nothing is posted that another process could post as well.
 */
export class Hold {
  readonly thread: ThreadKey;
  /** As it was when taken. */
  readonly info: ThreadInfo;
  #options: HoldOptions;
  #fence: number;
  #state: RelayState;
  #untilMs: number;
  #lost = false;
  #timer: ReturnType<typeof setInterval>;
  #onLost: () => void = () => {};

  private constructor(options: HoldOptions, taken: { fence: number; thread: ThreadInfo }, askedAtMs: number) {
    this.#options = options;
    this.thread = options.thread;
    this.info = taken.thread;
    this.#fence = taken.fence;
    this.#state = taken.thread.state;
    this.#untilMs = askedAtMs + ttlMs;
    this.#timer = setInterval(() => void this.#say(undefined).catch(() => {}), renewEveryMs);
  }

  /** Null where another process holds it, or the server does not say. */
  static async take(options: HoldOptions): Promise<Hold | null> {
    const { client, owner, thread, clock = Date.now } = options;
    const askedAtMs = clock();
    const taken = await client.http['relay.take']({ thread, owner, ttlMs });
    return taken.ok && taken.relay ? new Hold(options, taken.relay, askedAtMs) : null;
  }

  get state(): RelayState {
    return this.#state;
  }

  get lost(): boolean {
    return this.#lost;
  }

  onLost(run: () => void): void {
    this.#onLost = run;
  }

  /** Writes down how far the thread is; waits while the server is away. */
  async note(change: Partial<RelayState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    const posts = Object.entries(this.#state.posts);
    if (posts.length > keptPosts) this.#state.posts = Object.fromEntries(posts.slice(-keptPosts));
    for (let tries = 0; ; tries++) {
      if (await this.#say(this.#state)) return;
      await pause(Math.min(200 * 2 ** tries, 2_000));
    }
  }

  /** What was told before need not reach the server now; the next note carries it. */
  remember(change: Partial<RelayState>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** Resolves once a request may begin; throws where the thread was lost meanwhile. */
  async sure(): Promise<void> {
    const { clock = Date.now } = this.#options;
    for (let tries = 0; clock() + requestMs > this.#untilMs; tries++) {
      if (!(await this.#say(undefined))) await pause(Math.min(200 * 2 ** tries, 2_000));
    }
    if (this.#lost) throw new HoldLost();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost) return;
    const { client, owner } = this.#options;
    const [thread, fence, state] = [this.thread, this.#fence, this.#state];
    await client.http['relay.note']({ thread, owner, fence, ttlMs: 0, state });
  }

  /** The process ends without another word, as in a crash. */
  drop(): void {
    clearInterval(this.#timer);
  }

  /** False where the server could not be asked. */
  async #say(state: RelayState | undefined): Promise<boolean> {
    if (this.#lost) throw new HoldLost();
    const { client, owner, clock = Date.now } = this.#options;
    const askedAtMs = clock();
    const said = await client.http['relay.note']({
      thread: this.thread,
      owner,
      fence: this.#fence,
      ttlMs,
      ...(state ? { state } : {}),
    });
    if (!said.ok) return false;
    if (said.held) {
      this.#untilMs = Math.max(this.#untilMs, askedAtMs + ttlMs);
      return true;
    }
    this.#lost = true;
    clearInterval(this.#timer);
    this.#onLost();
    throw new HoldLost();
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
