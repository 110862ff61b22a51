import { Author, Origin, Outcome, Usage } from '@deckhand/shared';
import { z } from 'zod';

const at = z.string();
/** Id of the agent that was named; null where none was. */
const agent = z.string().nullable();
const count = z.number().int().nonnegative();

export const PromptFact = z.object({ promptId: z.string(), at, userId: z.string(), client: Origin, agent });
export type PromptFact = z.infer<typeof PromptFact>;

export const TurnFact = z.object({
  turnId: z.string(),
  startedAt: at,
  /** Of its first prompt. */
  userId: z.string(),
  client: Origin,
  agent,
  firstTokenAt: at.nullable(),
  /** What a turn that still runs has not got yet. */
  end: z.object({ at, outcome: Outcome, usage: Usage, costUsd: z.number().nullable() }).nullable(),
});
export type TurnFact = z.infer<typeof TurnFact>;

export const AttemptFact = z.object({
  groupId: z.string(),
  n: count,
  at,
  userId: z.string(),
  agent,
  /** What it is made with: attempts alike are counted together. */
  madeWith: z.string().nullable(),
  takenAt: at.nullable(),
  /** The session's first change that was merged after that. */
  landedAt: at.nullable(),
});
export type AttemptFact = z.infer<typeof AttemptFact>;

export const ChangeFact = z.object({
  changeId: z.string(),
  branch: z.string(),
  url: z.string(),
  number: count.nullable(),
  author: Author,
  /** Null while it waits. */
  openedAt: at.nullable(),
  /** The turn in which that was; null where no turn did it. */
  openedIn: z.string().nullable(),
  mergedAt: at.nullable(),
  closedAt: at.nullable(),
  mergeSha: z.string().nullable(),
  /** The attempt that was taken last before it was merged, and that is merged with it. */
  attempt: z.object({ agent, madeWith: z.string().nullable() }).nullable(),
  /** Turns that updated it since. */
  revisions: z.array(z.string()),
  approvedBy: z.array(z.string()),
  refusedBy: z.array(z.string()),
  /** Lines of the session's work when it was merged. */
  lines: z.object({ added: count, removed: count }).nullable(),
});
export type ChangeFact = z.infer<typeof ChangeFact>;

/** What is counted of a session: folded from its log up to `last`, and from nothing else. */
export const SessionFacts = z.object({
  sessionId: z.string(),
  last: count,
  repo: z.string().nullable(),
  origin: Origin,
  /** When it was created, or forked. */
  begunAt: at,
  /** Of the newest event. */
  lastAt: at,
  /** Of the work tree, against the base. */
  lines: z.object({ added: count, removed: count }),
  prompts: z.array(PromptFact),
  turns: z.array(TurnFact),
  /** Of a session in which an attempt is made: with what. */
  madeWith: z.string().nullable(),
  /** That were made at its prompts. */
  attempts: z.array(AttemptFact),
  changes: z.array(ChangeFact),
});
export type SessionFacts = z.infer<typeof SessionFacts>;

/** Work that nobody asked for has a name of its own, e.g. `deckhand:repairs`. */
export const isPerson = (userId: string) => !userId.startsWith('deckhand:');

export const noFacts = (sessionId: string): SessionFacts => ({
  sessionId,
  last: 0,
  repo: null,
  origin: 'api',
  begunAt: '',
  lastAt: '',
  lines: { added: 0, removed: 0 },
  prompts: [],
  turns: [],
  madeWith: null,
  attempts: [],
  changes: [],
});
