import { z } from 'zod';
import { idOf } from './ids.ts';

const count = z.number().int().nonnegative();

/**
 * A live piece of an unfinished text. `offset` is in UTF-16 units and is where `text` begins; frames are cut at
 * code points. A higher `attempt` replaces what a lower one wrote.
 */
export const Frame = z.object({
  sessionId: idOf('session'),
  kind: z.enum(['message', 'tool', 'reasoning']),
  /** A message id, a call id, or what `reasoning.done` names. */
  id: z.string(),
  /** A frame that comes after its turn's end is told by this; without it a client takes it for the running turn's. */
  turnId: idOf('turn').optional(),
  attempt: z.number().int().nonnegative(),
  offset: count,
  text: z.string(),
});
export type Frame = z.infer<typeof Frame>;
/** A frame as the turn that sends it knows it: which session it is of is plain there. */
export type TurnFrame = Omit<Frame, 'sessionId' | 'turnId'> & { turnId: string };

/** The whole of an unfinished text so far; deleted by the event that ends it. */
export const Draft = z.object({
  kind: z.enum(['message', 'tool', 'reasoning']),
  id: z.string(),
  turnId: idOf('turn').optional(),
  attempt: z.number().int().nonnegative(),
  /** The newest `seq` when the draft began: it belongs behind that event. */
  afterSeq: count,
  text: z.string(),
});
export type Draft = z.infer<typeof Draft>;
