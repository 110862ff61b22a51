import { failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';

export type Synced = Result<{ baseSha: string }>;

export type GateWork = {
  /** Answers the base that the sandbox stands on from now on. */
  sync: () => Promise<Synced>;
  /** What commands need besides: dependencies, services. */
  prepare: () => Promise<Result>;
  log: Logger;
};

/**
 * A sandbox that was made ahead is behind its base branch. Reading is open at once; writing waits for `synced`,
 * commands for `ready`. Neither rejects: what could not be done is told, and the session goes on with what there is.
 */
export class Gate {
  readonly synced: Promise<Synced>;
  readonly ready: Promise<Result>;
  isOpen = false;

  constructor({ sync, prepare, log }: GateWork) {
    const unexpected = (error: unknown) => {
      log.error({ err: error }, 'bringing a sandbox up to date failed');
      return failure('internal', 'Something went wrong in the server; its log says more.');
    };
    this.synced = sync().catch(unexpected);
    this.ready = this.synced.then(prepare).catch(unexpected);
    void this.ready.then(() => {
      this.isOpen = true;
    });
  }

  /** Whether it opens without waiting for anything outside this process. */
  async opensAtOnce(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    void this.synced.then(() => resolve(true));
    setImmediate(() => resolve(false));
    return promise;
  }
}
