import { Parked } from '../agent/ports.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';

/** A turn that is to be put aside, and how. */
export abstract class ParkedTurn extends Parked {
  /**
   * 'changed': what it would wait for is not as it was any more, it looks again. 'stopped': somebody wants it to stop.
   * Rejects with FenceLost where it is another worker's now.
   */
  abstract park(writer: TurnWriter, run: Run): Promise<'parked' | 'changed' | 'stopped'>;
}
