import { Author } from '@deckhand/shared';
import { z } from 'zod';

/** Of a session of which a person has control: meta's field `control`. */
export const ControlRecord = z.object({
  /** One for all who have it one after the other: what changed is told since the first of them took it. */
  controlId: z.string(),
  by: Author,
  sinceMs: z.number(),
  /** All who had it, first to last. */
  people: z.array(Author),
  /** The sandbox was used since: there may be something to tell. */
  marked: z.boolean(),
});
export type ControlRecord = z.infer<typeof ControlRecord>;

/** What the agent is to read of it. */
export const ToldOfControl = z.object({
  text: z.string(),
  /** Whose work lies in the tree with it. */
  people: z.array(Author),
  /** Files or commits may be theirs. */
  changed: z.boolean(),
  /** They said something: a turn that had said its last word goes on. */
  note: z.boolean(),
});
export type ToldOfControl = z.infer<typeof ToldOfControl>;
