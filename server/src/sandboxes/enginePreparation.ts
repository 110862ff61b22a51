import { DeckhandError, failure, type Readiness, type Result } from '@deckhand/shared';
import type { SandboxDriver } from './driver.ts';

type Part = Readiness['parts'][number];

/** What the machine is still getting ready, shown on the page until it is. */
export class Preparations {
  #parts = new Map<string, Part>();

  set(name: string, state: Part['state'], detail = ''): void {
    this.#parts.set(name, { name, state, detail });
  }

  readiness(): Readiness {
    const parts = [...this.#parts.values()];
    return { ready: parts.every(part => part.state === 'ok'), parts };
  }
}

/** How long a failed preparation is taken at its word before it is tried again. */
const retryAfterMs = 10_000;

/**
 * The engine and its base image, prepared behind the page. Whoever needs them waits for the one attempt; after a
 * failure the next who asks tries again, but not at once.
 */
export class EnginePreparation {
  #prepare: () => Promise<Result<{ driver: SandboxDriver }>>;
  #attempt: Promise<Result<{ driver: SandboxDriver }>> | null = null;
  #failedAtMs = 0;

  constructor(prepare: () => Promise<Result<{ driver: SandboxDriver }>>) {
    this.#prepare = prepare;
  }

  ready = (): Promise<Result<{ driver: SandboxDriver }>> => {
    if (this.#failedAtMs > 0 && Date.now() - this.#failedAtMs > retryAfterMs) this.#attempt = null;
    if (!this.#attempt) {
      this.#failedAtMs = 0;
      this.#attempt = this.#try();
    }
    return this.#attempt;
  };

  /** Gives back what the driver keeps in stock, if it ever got that far. */
  async close(): Promise<void> {
    const engine = await Promise.race([this.#attempt, Promise.resolve(null)]);
    if (engine?.ok) await engine.driver.close();
  }

  async #try(): Promise<Result<{ driver: SandboxDriver }>> {
    const result = await this.#prepare().catch((error: unknown) =>
      error instanceof DeckhandError ? error.toFailure() : failure('engine_down', (error as Error).message),
    );
    if (!result.ok) this.#failedAtMs = Date.now();
    return result;
  }
}
