import { Coalescer } from './coalescer.ts';
import type { LoopPorts } from './ports.ts';

/** As much as an event may carry beside the rest of it; nobody reads more. */
const mostChars = 16_000;

/** The reasoning of one step goes by this id, whoever streams it and however often. */
export const reasoningIdOf = (messageId: string) => `${messageId}r`;

type Streamed = {
  push: (piece: string) => void;
  /** Resolves once all of it so far is sent. */
  catchUp: () => Promise<void>;
  end: () => Promise<void>;
};

/** What a model lets us read of its reasoning in one step: streamed as it comes, and told whole at the end. */
export class ShownReasoning {
  #ports: Pick<LoopPorts, 'commit' | 'clock'>;
  #id: string;
  #text = '';
  #durationMs = 0;
  /** Something was shown, if only in a try that failed: it must be ended. */
  #wasShown = false;

  constructor(ports: Pick<LoopPorts, 'commit' | 'clock'>, messageId: string) {
    this.#ports = ports;
    this.#id = reasoningIdOf(messageId);
  }

  /** Another asking: its reasoning takes the place of the one before. */
  begin(attempt: number): Streamed {
    const { commit, clock } = this.#ports;
    this.#text = '';
    this.#durationMs = 0;
    let frames: Coalescer | null = null;
    let beganAtMs = 0;
    return {
      push: piece => {
        if (!frames) beganAtMs = clock();
        frames ??= new Coalescer(commit.frame, {
          kind: 'reasoning',
          id: this.#id,
          turnId: commit.turnId,
          attempt: commit.fence * 100 + attempt,
          maxChars: mostChars,
        });
        this.#wasShown = true;
        this.#durationMs = Math.max(0, clock() - beganAtMs);
        this.#text += piece.slice(0, mostChars - this.#text.length);
        frames.push(piece);
      },
      catchUp: async () => frames?.catchUp(),
      end: async () => frames?.end(),
    };
  }

  told(): { text: string; durationMs: number } | null {
    return this.#wasShown ? { text: this.#text.trim().toWellFormed(), durationMs: this.#durationMs } : null;
  }
}
