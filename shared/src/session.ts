import { z } from 'zod';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';

/** `waiting` = the agent asked something and no prompt has answered it yet. */
export const SessionState = z.enum(['idle', 'running', 'waiting', 'asleep', 'archived']);
export type SessionState = z.infer<typeof SessionState>;

/** Which client a session or a prompt came through. */
export const Origin = z.enum(['web', 'cli', 'api', 'slack', 'extension', 'github', 'schedule']);
export type Origin = z.infer<typeof Origin>;

export const Author = z.object({ userId: z.string(), name: z.string() });
export type Author = z.infer<typeof Author>;

export const Actor = z.object({
  kind: z.enum(['user', 'agent', 'system']),
  userId: z.string().optional(),
  name: z.string().optional(),
  /** The service token or client that spoke for the user. */
  via: z.string().optional(),
});
export type Actor = z.infer<typeof Actor>;

/** A person who has control of a session: its agent takes no step until they hand back. */
export const Control = z.object({ by: Author, since: z.iso.datetime() });
export type Control = z.infer<typeof Control>;

export const Outcome = z.enum(['done', 'asked', 'stopped', 'failed', 'over_budget']);
export type Outcome = z.infer<typeof Outcome>;

export const Session = z.object({
  id: idOf('session'),
  title: z.string(),
  /** Id of a repository in repos.json. */
  repo: z.string().nullable(),
  state: SessionState,
  /** How the turn ended that it stands at; null before the first. */
  lastOutcome: Outcome.nullable().default(null),
  origin: Origin,
  /** The session whose agent began it; null where a person did. */
  parentId: idOf('session').nullable().default(null),
  /** It is `waiting` for sessions that it began, and for nobody. */
  waitsForChildren: z.boolean().default(false),
  /** A plan of it waits for somebody's yes. */
  waitsForPlan: z.boolean().default(false),
  control: Control.nullable().default(null),
  branch: z.string().nullable(),
  authors: z.array(Author),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** The newest event's `seq`. */
  last: z.number().int().nonnegative(),
});
export type Session = z.infer<typeof Session>;

/** A file that was uploaded before the prompt that carries it (`POST /attachments`). */
export const Attachment = z.object({
  attachmentId: idOf('attachment'),
  name: z.string().min(1).max(200),
  mediaType: z.string().max(100),
  bytes: z.number().int().nonnegative().max(limits.attachmentBytes),
});
export type Attachment = z.infer<typeof Attachment>;

export const Budget = z.object({
  tokens: z.number().int().positive().optional(),
  timeMs: z.number().int().positive().optional(),
});
export type Budget = z.infer<typeof Budget>;

/** Tokens of all model calls of a turn, added up. */
export const Usage = z.object({
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  steps: z.number().int().nonnegative(),
});
export type Usage = z.infer<typeof Usage>;
export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, steps: 0 };
