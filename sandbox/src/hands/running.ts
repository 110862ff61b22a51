import type { JournalOutcome } from '../protocol/outcome.ts';
import type { StopReason } from './journal.ts';
import type { OutputFile } from './output.ts';

/** A call that runs, or ran a moment ago. */
export type Running = {
  outcome: Promise<JournalOutcome>;
  /** Only a command has output before it ends. */
  output?: OutputFile;
  stop: (reason: StopReason) => void;
};
