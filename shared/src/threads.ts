import { z } from 'zod';
import { idOf } from './ids.ts';
import { OnBehalfOf } from './people.ts';
import { PromptMode } from './prompts.ts';
import { Session, SessionState } from './session.ts';

/**
 * A conversation elsewhere that shows a session: `{provider: 'slack', id: 'T1/C1/1700000000.000100'}`. The first part
 * of the id is the workspace.
 */
export const ThreadKey = z.object({
  provider: z.string().regex(/^[a-z][a-z0-9]{0,19}$/, 'letters and digits only'),
  id: z
    .string()
    .max(200)
    .regex(/^[\w.:-]+(\/[\w.:-]+)+$/, 'workspace/…, letters, digits and . : _ - only'),
});
export type ThreadKey = z.infer<typeof ThreadKey>;

/** The message that shows a turn while it runs. */
export const LiveMessage = z.object({
  turnId: idOf('turn'),
  /** `seq` of its `turn.started`. */
  fromSeq: z.number().int().positive(),
  ts: z.string().nullable(),
  mode: z.enum(['stream', 'update']),
});
export type LiveMessage = z.infer<typeof LiveMessage>;

const posts = z.record(z.string().max(100), z.string().max(60));

/** How far a thread shows its session. What dies in between is found again from this. */
export const RelayState = z.object({
  /** Everything up to this event is shown. */
  seq: z.number().int().nonnegative().default(0),
  live: LiveMessage.nullable().default(null),
  /** Messages of turns that ended before the newest, which do not say so yet. */
  trailing: z.array(LiveMessage).max(50).default([]),
  /** A message that is being posted: whoever takes over looks whether it is there before it posts it. */
  posting: z.string().max(100).nullable().default(null),
  /** What was posted, by key; the newest are kept. */
  posts: posts.default({}),
  /** What was last said of each change. */
  said: z.record(z.string(), z.string().max(2000)).default({}),
  /** Nothing more is shown, for this reason, until somebody writes there again. */
  closed: z.string().max(100).nullable().default(null),
});
export type RelayState = z.infer<typeof RelayState>;

/** A prompt that waits until somebody says which repository it is for. */
export const ParkedPrompt = z.object({
  requestId: z.string(),
  text: z.string(),
  author: z.string(),
  /** Who wrote it, elsewhere. */
  onBehalfOf: OnBehalfOf,
  /** The likely repositories, likeliest first. */
  choices: z.array(z.string()),
  /** Chosen for what becomes of it. */
  model: z.string().optional(),
  mode: PromptMode.optional(),
});
export type ParkedPrompt = z.infer<typeof ParkedPrompt>;

/** What must be known of a thread to pass a message on. */
export const ThreadBond = z.object({
  sessionId: idOf('session').nullable(),
  state: SessionState.nullable(),
  /** Of the prompts that wait for a repository. */
  parked: z.array(z.string()),
  /** The message that asks for it. */
  menu: z.string().nullable(),
});
export type ThreadBond = z.infer<typeof ThreadBond>;

export const ThreadInfo = z.object({
  thread: ThreadKey,
  session: Session.nullable(),
  state: RelayState,
  parked: z.array(ParkedPrompt),
  touchedAt: z.iso.datetime(),
});
export type ThreadInfo = z.infer<typeof ThreadInfo>;
