import { z } from 'zod';
import { AgentId } from './agents.ts';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { limits } from './limits.ts';
import { OnBehalfOf, OnBehalfOfRead } from './people.ts';
import { AttachmentIds, ModelChoice, PromptText } from './prompts.ts';
import { Author, Outcome } from './session.ts';
import { Use } from './tree.ts';

const count = z.number().int().nonnegative();
/** Of one prompt; a server may bound it further. */
export const mostAttempts = 20;

/** Who makes one of several attempts; what is left out is as for any prompt. */
export const AttemptWanted = z.strictObject({
  model: ModelChoice,
  agent: AgentId.optional(),
  /** How freely the model chooses its words; what models that think take no notice of. */
  temperature: z.number().min(0).max(2).optional(),
});
export type AttemptWanted = z.infer<typeof AttemptWanted>;

/** How many alike, or each by itself. */
export const AttemptsWanted = z.union(
  [z.number().int().min(2).max(mostAttempts), z.array(AttemptWanted).min(2).max(mostAttempts)],
  { error: `2 to ${mostAttempts} attempts: a number, or a list of {model, agent, temperature}` },
);
export type AttemptsWanted = z.infer<typeof AttemptsWanted>;

/** What a check of the repository said before and after an attempt. */
export const CheckResult = z.object({
  name: z.string().max(100),
  /** `unknown`: it could not be run on the state before. */
  before: z.enum(['passed', 'failed', 'unknown']),
  after: z.enum(['passed', 'failed']),
  /** Of one that failed: the end of what it put out. */
  output: z.string().max(2_000).optional(),
});
export type CheckResult = z.infer<typeof CheckResult>;

/** What there is to judge an attempt by. */
export const Evidence = Use.extend({
  outcome: Outcome,
  /** Empty where the repository names none for what was changed. */
  checks: z.array(CheckResult).max(20),
  files: count,
  added: count,
  removed: count,
  /** Of the reviewer: how many of its findings name file and line. Null where nobody reviewed it. */
  review: z.object({ findings: count, text: z.string().max(limits.childTextChars) }).nullable(),
  screenshots: z.array(z.object({ artifactId: z.string(), name: z.string() })).max(20),
});
export type Evidence = z.infer<typeof Evidence>;

export const AttemptState = z.enum(['begins', 'works', 'blocked', 'asks', 'in review', 'ended']);
export type AttemptState = z.infer<typeof AttemptState>;

export const ShownAttempt = z.object({
  /** From 1. */
  n: z.number().int().positive(),
  /** The session in which it is made. */
  childId: idOf('session'),
  label: z.string(),
  state: AttemptState,
  /** What it waits for. */
  why: z.string().optional(),
  /** Its agent's last words. */
  said: z.string().optional(),
  /** Once it ended. */
  evidence: Evidence.nullable(),
  /** 1 is best; null until it ended, and where there is nothing to take. */
  rank: z.number().int().positive().nullable(),
  /** The evidence in words, what counts most first. */
  words: z.array(z.string()),
});
export type ShownAttempt = z.infer<typeof ShownAttempt>;

/** `ready`: one may be taken; `failed`: none came to anything. */
export const AttemptsState = z.enum(['working', 'ready', 'taken', 'failed', 'stopped']);
export type AttemptsState = z.infer<typeof AttemptsState>;

export const ShownAttempts = z.object({
  groupId: idOf('group'),
  /** First line of what was asked. */
  title: z.string(),
  author: Author,
  startedAt: z.iso.datetime(),
  state: AttemptsState,
  taken: z.object({ n: count, by: Author, at: z.iso.datetime() }).optional(),
  attempts: z.array(ShownAttempt),
});
export type ShownAttempts = z.infer<typeof ShownAttempts>;

/** Agent, model and what else was chosen, as people read it: attempts that are made alike are counted together. */
export const MadeWith = z.string().min(1).max(300);

const begun = z.object({ n: z.number().int().positive(), childId: idOf('session'), label: z.string() });

/** What the events of attempts carry. */
export const attemptEvents = {
  /** The same prompt is worked on several times, each in a session of its own that begins where this one stands. */
  'attempts.started': z.object({
    groupId: idOf('group'),
    title: z.string(),
    author: Author,
    attempts: z
      .array(begun.extend({ agent: AgentId.optional(), madeWith: MadeWith.optional() }))
      .max(mostAttempts),
  }),
  /** All have ended; in the order of `attempts` the best comes first. */
  'attempts.ended': z.object({
    groupId: idOf('group'),
    state: z.enum(['ready', 'failed', 'stopped']),
    attempts: z.array(begun.extend({ outcome: Outcome, words: z.string().max(1_000) })).max(mostAttempts),
  }),
  /** The session goes on from what that one did. */
  'attempt.taken': z.object({
    groupId: idOf('group'),
    n: z.number().int().positive(),
    childId: idOf('session'),
    by: Author,
  }),
  /** In an attempt's own log: what the repository's checks said. */
  'attempt.checked': z.object({ checks: z.array(CheckResult).max(20) }),
} as const;

const sessionId = idOf('session');
const groupId = idOf('group');
const onBehalfOf = OnBehalfOf.optional();

export const attemptCommands = {
  'attempts.start': {
    input: z.object({
      sessionId,
      requestId: RequestId,
      text: PromptText,
      attachments: AttachmentIds,
      attempts: AttemptsWanted,
      /** Whether the agent `reviewer` looks at each before they are compared. */
      review: z.boolean().default(true),
      onBehalfOf,
    }),
    output: z.object({ groupId }),
    http: http('POST', '/sessions/:sessionId/attempts', 202),
    socket: true,
  },
  /** Newest first, each with its evidence so far. */
  'attempts.list': {
    input: z.object({ sessionId, onBehalfOf: OnBehalfOfRead.optional() }),
    output: z.object({ groups: z.array(ShownAttempts) }),
    http: http('GET', '/sessions/:sessionId/attempts'),
    socket: false,
  },
  /** The session goes on from this attempt, and its change is opened with the evidence. Without a group: of the newest. */
  'attempts.take': {
    input: z.object({
      sessionId,
      groupId: groupId.optional(),
      n: z.coerce.number().int().positive(),
      onBehalfOf,
    }),
    output: z.object({ promptId: idOf('prompt') }),
    http: http('POST', '/sessions/:sessionId/attempts/take'),
    socket: true,
  },
  /** Stops all that run. What ended may still be taken. */
  'attempts.stop': {
    input: z.object({ sessionId, groupId: groupId.optional(), onBehalfOf }),
    output: z.object({ stopped: count }),
    http: http('POST', '/sessions/:sessionId/attempts/stop'),
    socket: true,
  },
} as const;
