import { z } from 'zod';
import {
  ChangeChecks,
  ChangedFile,
  ChangeReviews,
  ChangeState,
  NoticeLevel,
  SandboxFrom,
  SandboxState,
} from './events.ts';
import { Attachment, Author, Origin, Outcome, SessionState } from './session.ts';

export const QueuedPrompt = z.object({
  promptId: z.string(),
  text: z.string(),
  attachments: z.array(Attachment),
  author: Author,
  /** The whole of a text that is too long to be shown here. */
  artifactId: z.string().optional(),
});
export type QueuedPrompt = z.infer<typeof QueuedPrompt>;

export const HeadChange = z.object({
  changeId: z.string(),
  url: z.string(),
  number: z.number().optional(),
  branch: z.string(),
  author: Author,
  state: ChangeState,
  title: z.string().optional(),
  draft: z.boolean().optional(),
  waits: z.string().optional(),
  reviews: ChangeReviews.optional(),
  checks: ChangeChecks.optional(),
});
export type HeadChange = z.infer<typeof HeadChange>;

/**
 * What a session is at `last`: small, folded from the whole log, and given by the server so that a client that
 * reads only the newest page knows the same.
 */
export const Head = z.object({
  last: z.number().int().nonnegative(),
  title: z.string(),
  repo: z.string().nullable(),
  origin: Origin,
  state: SessionState,
  authors: z.array(Author),
  /** Prompts that wait, first in line first. */
  queue: z.array(QueuedPrompt),
  turn: z
    .object({ turnId: z.string(), promptIds: z.array(z.string()), model: z.string(), startedAt: z.string() })
    .nullable(),
  lastOutcome: Outcome.nullable(),
  question: z.string().nullable(),
  choices: z.array(z.string()),
  approvals: z.array(z.object({ approvalId: z.string(), text: z.string() })),
  changes: z.array(HeadChange),
  files: z.array(ChangedFile),
  sandbox: z
    .object({ state: SandboxState, from: SandboxFrom.optional(), detail: z.string().optional() })
    .nullable(),
  notice: z.object({ level: NoticeLevel, text: z.string() }).nullable(),
});
export type Head = z.infer<typeof Head>;
