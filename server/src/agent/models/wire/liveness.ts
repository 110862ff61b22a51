import { ModelFailure } from '../../modelError.ts';

/** How long a model may give no sign of life, in milliseconds. */
export type ModelTimeouts = {
  /** Until its first sign: it may think first, and not every API shows that it does. */
  firstChunkMs: number;
  /** Between two signs. */
  chunkMs: number;
  /** While it is known to reason: some say nothing meanwhile. */
  reasoningMs: number;
};

export const defaultModelTimeouts: ModelTimeouts = {
  firstChunkMs: 600_000,
  chunkMs: 120_000,
  reasoningMs: 900_000,
};

/** One request under watch: it is given up, with a reason, where no sign of life comes in time. */
export class Liveness {
  #timeouts: ModelTimeouts;
  #gaveUp = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeouts: ModelTimeouts) {
    this.#timeouts = timeouts;
    this.#expectWithin(timeouts.firstChunkMs);
  }

  /** Aborted with a ModelFailure once the model is given up. */
  get signal(): AbortSignal {
    return this.#gaveUp.signal;
  }

  alive(reasons: boolean): void {
    this.#expectWithin(reasons ? this.#timeouts.reasoningMs : this.#timeouts.chunkMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const message = `The model gave no sign of life for ${Math.ceil(ms / 1000)} s.`;
      this.#gaveUp.abort(new ModelFailure('model_unavailable', message, { retry: true }));
    }, ms);
  }
}
