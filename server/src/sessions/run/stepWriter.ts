import type { StepRecords } from './stepRecords.ts';
import type { TurnWriter } from './turnWriter.ts';

/** What whoever works writes: the turn's own agent, or one on a task. */
export type StepWriter = Pick<
  TurnWriter,
  | 'sessionId'
  | 'fence'
  | 'meta'
  | 'context'
  | 'compact'
  | 'advance'
  | 'note'
  | 'record'
  | 'frame'
  | 'measured'
  | 'picks'
> & { readonly stepRecords: Pick<StepRecords, 'opsOf'> };
