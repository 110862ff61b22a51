import { z } from 'zod';
import { ErrorCode } from './errors.ts';
import { idOf } from './ids.ts';
import { Actor, Attachment, Author, Origin, Outcome, SessionState, Usage } from './session.ts';

const count = z.number().int().nonnegative();
const TurnError = z.object({ code: ErrorCode, message: z.string() });

export const SandboxState = z.enum(['warming', 'restoring', 'syncing', 'ready', 'asleep', 'lost']);
export type SandboxState = z.infer<typeof SandboxState>;
export const SandboxFrom = z.enum(['pool', 'image', 'snapshot', 'base']);
export type SandboxFrom = z.infer<typeof SandboxFrom>;

export const ChangedFile = z.object({ path: z.string(), added: count, removed: count });
export type ChangedFile = z.infer<typeof ChangedFile>;
/** `waiting`: the branch is pushed and its pull request is not opened yet; `waits` says for what. */
export const ChangeState = z.enum(['waiting', 'open', 'merged', 'closed']);
/** Who said what of a pull request, counted by each reviewer's last word. */
export const ChangeReviews = z.object({
  approved: z.array(z.string()),
  changesRequested: z.array(z.string()),
  commented: z.array(z.string()),
  /** Asked for a review, and not answered yet. */
  requested: z.array(z.string()),
});
export type ChangeReviews = z.infer<typeof ChangeReviews>;
/** Checks of the change's newest commit. */
export const ChangeChecks = z.object({
  passed: count,
  failed: count,
  pending: count,
  /** For somebody to do something on GitHub, e.g. to approve a workflow. */
  waiting: count.optional(),
  /** Ended without a verdict. */
  cancelled: count.optional(),
  failing: z.array(z.object({ name: z.string(), url: z.string().optional() })),
});
export type ChangeChecks = z.infer<typeof ChangeChecks>;
export const NoticeLevel = z.enum(['info', 'warning', 'error']);

/** What each event type carries in `data`. A new type may be added; clients ignore the ones they do not know. */
export const eventData = {
  'session.created': z.object({ title: z.string(), repo: z.string().nullable(), origin: Origin }),
  'session.titled': z.object({ title: z.string() }),
  'session.state': z.object({ state: SessionState }),
  'session.archived': z.object({}),
  'session.forked': z.object({
    from: idOf('session').optional(),
    to: idOf('session').optional(),
    seq: count,
  }),
  /** The session stands where it stood when that turn ended; a question that was open then is open again. */
  'session.rewound': z.object({
    turnId: idOf('turn'),
    outcome: Outcome,
    question: z.string().optional(),
    choices: z.array(z.string()).optional(),
  }),
  'prompt.queued': z.object({
    promptId: idOf('prompt'),
    requestId: z.string(),
    text: z.string(),
    attachments: z.array(Attachment),
    author: Author,
    position: count,
    /** The whole of a text that is too long for an event. */
    artifactId: idOf('artifact').optional(),
  }),
  'prompt.edited': z.object({
    promptId: idOf('prompt'),
    text: z.string(),
    artifactId: idOf('artifact').optional(),
  }),
  'prompt.cancelled': z.object({ promptId: idOf('prompt') }),
  'turn.started': z.object({
    turnId: idOf('turn'),
    promptIds: z.array(idOf('prompt')).min(1),
    model: z.string(),
  }),
  'turn.finished': z.object({
    turnId: idOf('turn'),
    outcome: Outcome,
    usage: Usage,
    question: z.string().optional(),
    choices: z.array(z.string()).optional(),
    error: TurnError.optional(),
    /** By the configured prices; absent where the model's price is not known. */
    costUsd: z.number().nonnegative().optional(),
    /** When the model's first word or call of this turn came. */
    firstTokenAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  'message.done': z.object({ messageId: idOf('message'), text: z.string(), error: TurnError.optional() }),
  'tool.started': z.object({ callId: idOf('call'), tool: z.string(), input: z.unknown() }),
  'tool.finished': z.object({
    callId: idOf('call'),
    ok: z.boolean(),
    summary: z.string(),
    output: z.string(),
    truncated: z.boolean(),
    durationMs: count,
    artifactId: idOf('artifact').optional(),
  }),
  'sandbox.state': z.object({
    state: SandboxState,
    from: SandboxFrom.optional(),
    detail: z.string().optional(),
  }),
  'files.changed': z.object({ files: z.array(ChangedFile) }),
  'artifact.created': z.object({
    artifactId: idOf('artifact'),
    kind: z.string(),
    name: z.string(),
    bytes: count,
    sha256: z.string(),
  }),
  'approval.requested': z.object({
    approvalId: z.string(),
    callId: z.string().optional(),
    text: z.string(),
    expiresAt: z.iso.datetime().optional(),
  }),
  /** `expired`: nobody answered in time, which is a no. */
  'approval.resolved': z.object({
    approvalId: z.string(),
    approved: z.boolean(),
    by: Author.optional(),
    expired: z.boolean().optional(),
  }),
  'change.opened': z.object({
    changeId: idOf('change'),
    url: z.string(),
    number: count.optional(),
    branch: z.string(),
    author: Author,
    title: z.string().optional(),
    draft: z.boolean().optional(),
    /** The pull request is not opened yet, for this reason; it comes with `change.updated`. */
    waits: z.string().optional(),
  }),
  /** What is left out stays as it was. */
  'change.updated': z.object({
    changeId: idOf('change'),
    state: ChangeState,
    url: z.string().optional(),
    number: count.optional(),
    title: z.string().optional(),
    draft: z.boolean().optional(),
    waits: z.string().optional(),
    reviews: ChangeReviews.optional(),
    checks: ChangeChecks.optional(),
    /** Who did it on the host, e.g. who merged. */
    by: z.string().optional(),
    /** The commit of the base branch that a merge made. */
    mergeSha: z.string().optional(),
  }),
  'child.started': z.object({ taskId: z.string(), title: z.string() }),
  'child.finished': z.object({ taskId: z.string(), outcome: Outcome }),
  'context.compacted': z.object({ before: count, after: count }),
  notice: z.object({ level: NoticeLevel, text: z.string() }),
} as const;

export type EventType = keyof typeof eventData;
export type EventDataOf<T extends EventType> = z.infer<(typeof eventData)[T]>;
/** What a writer hands over: the log adds seq, at and sessionId. */
export type NewEvent = { [T in EventType]: { type: T; data: EventDataOf<T> } }[EventType];

const EnvelopeFields = {
  seq: z.number().int().positive(),
  at: z.iso.datetime({ precision: 3 }),
  sessionId: idOf('session'),
  turnId: idOf('turn').optional(),
  taskId: z.string().optional(),
  agentId: z.string().optional(),
  actor: Actor,
};

/** An event as it travels: a type we do not know passes, so that older clients survive newer servers. */
export const Envelope = z.object({ ...EnvelopeFields, type: z.string(), data: z.unknown() });
export type Envelope = z.infer<typeof Envelope>;

export type SessionEvent = {
  [T in EventType]: Omit<Envelope, 'type' | 'data'> & { type: T; data: EventDataOf<T> };
}[EventType];

const isKnown = (type: string): type is EventType => Object.hasOwn(eventData, type);

/** The typed event, or null where its type is unknown or its data is not of that type's shape. */
export function knownEvent(envelope: Envelope): SessionEvent | null {
  if (!isKnown(envelope.type)) return null;
  const parsed = eventData[envelope.type].safeParse(envelope.data);
  return parsed.success ? ({ ...envelope, data: parsed.data } as SessionEvent) : null;
}

/**
 * A live piece of an unfinished text. `offset` is in UTF-16 units and is where `text` begins; frames are cut at
 * code points. A higher `attempt` replaces what a lower one wrote.
 */
export const Frame = z.object({
  sessionId: idOf('session'),
  kind: z.enum(['message', 'tool']),
  /** A message id or a call id. */
  id: z.string(),
  /** A frame that comes after its turn's end is told by this; without it a client takes it for the running turn's. */
  turnId: idOf('turn').optional(),
  attempt: z.number().int().nonnegative(),
  offset: count,
  text: z.string(),
});
export type Frame = z.infer<typeof Frame>;

/** The whole of an unfinished text so far; deleted by the event that ends it. */
export const Draft = z.object({
  kind: z.enum(['message', 'tool']),
  id: z.string(),
  turnId: idOf('turn').optional(),
  attempt: z.number().int().nonnegative(),
  /** The newest `seq` when the draft began: it belongs behind that event. */
  afterSeq: count,
  text: z.string(),
});
export type Draft = z.infer<typeof Draft>;
