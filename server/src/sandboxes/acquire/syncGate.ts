import { failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';

export type Synced = Result<{ baseSha: string }>;

export type GateWork = {
  /** Answers the base that the sandbox stands on from now on. */
  sync: () => Promise<Synced>;
  /** What commands need besides: dependencies, services. Tells how far it is. */
  prepare: (tell: (detail: string) => void) => Promise<Result>;
  /** Writing waits for all that too: what an install leaves in the tree must be told from somebody's work. */
  holdsWriting?: boolean | undefined;
  log: Logger;
};

/**
 * A sandbox that was made ahead is behind its base branch. Reading is open at once; writing waits for `synced`,
 * commands for `ready`. Neither rejects: what could not be done is told, and the session goes on with what there is.
 */
export class Gate {
  readonly synced: Promise<Synced>;
  readonly ready: Promise<Result>;
  readonly holdsWriting: boolean;
  isOpen = false;
  /** It opened without all that commands need. */
  hasFailed = false;
  #failureTold = false;
  #newest: string | null = null;
  #hears: (detail: string) => void = () => {};

  constructor({ sync, prepare, holdsWriting = false, log }: GateWork) {
    this.holdsWriting = holdsWriting;
    const unexpected = (error: unknown) => {
      log.error({ err: error }, 'bringing a sandbox up to date failed');
      return failure('internal', 'Something went wrong in the server; its log says more.');
    };
    this.synced = sync().catch(unexpected);
    const tell = (detail: string) => {
      this.#newest = detail;
      this.#hears(detail);
    };
    this.ready = this.synced.then(() => prepare(tell)).catch(unexpected);
    void this.ready.then(({ ok }) => {
      this.isOpen = true;
      this.hasFailed = !ok;
    });
  }

  /** Who hears of the work that goes on, instead of whoever did: the newest word at once, then each. */
  hear(hears: (detail: string) => void): void {
    this.#hears = hears;
    if (this.#newest !== null && !this.isOpen) hears(this.#newest);
  }

  /** Why commands may not find what they need, said to one who asks and to nobody after. */
  async takeFailure(): Promise<string | null> {
    const ready = await this.ready;
    if (ready.ok || this.#failureTold) return null;
    this.#failureTold = true;
    return ready.message;
  }

  /** Whether it opens without waiting for anything outside this process. */
  async opensAtOnce(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    void this.synced.then(() => resolve(true));
    setImmediate(() => resolve(false));
    return promise;
  }
}
