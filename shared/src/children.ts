import { z } from 'zod';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { Outcome } from './session.ts';

/** A session that another's agent began, as that one knows it. */
export const Child = z.object({
  childId: idOf('session'),
  repo: z.string().nullable(),
  title: z.string().max(limits.titleChars),
});
export type Child = z.infer<typeof Child>;

/** How a child's turn ended. */
export const ChildEnd = z.object({
  outcome: Outcome,
  /** Its agent's last words, or why it failed; where they are long, their beginning. */
  text: z.string().max(limits.childTextChars).optional(),
  /** What it asked: it waits for the answer. */
  question: z.string().max(limits.childTextChars).optional(),
  change: z.object({ url: z.string(), number: z.number().int().nonnegative().optional() }).optional(),
});
export type ChildEnd = z.infer<typeof ChildEnd>;

/** `works`: a turn of it runs, or is about to; `blocked`: it waits for somebody's yes. */
export const ChildState = z.enum(['works', 'blocked', 'ended']);
export type ChildState = z.infer<typeof ChildState>;

/** What a client shows of a child. */
export const ShownChild = Child.extend({
  state: ChildState,
  /** Of one that is blocked. */
  why: z.string().optional(),
  /** Of one that ended. */
  end: ChildEnd.optional(),
});
export type ShownChild = z.infer<typeof ShownChild>;
