import { z } from 'zod';
import { AgentId, AgentRef } from './agents.ts';
import { Extent, WaitingApproval } from './approvals.ts';
import { attemptEvents, MadeWith } from './attempts.ts';
import { BoardEntry } from './board.ts';
import { BudgetState } from './budgets.ts';
import { ChangeChecks, ChangeReviews, ChangeStack, ChangeState } from './changes.ts';
import { Child, ChildEnd } from './children.ts';
import { CommentPlace } from './comments.ts';
import { controlEvents } from './control.ts';
import { DiffTotals } from './diff.ts';
import { EgressNoted } from './egress.ts';
import { TurnError } from './errors.ts';
import { Grant } from './grants.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { Risk } from './permissions.ts';
import { AfterStop, PromptMode, PromptWhen } from './prompts.ts';
import { Actor, Attachment, Author, Origin, Outcome, SessionState, Usage } from './session.ts';
import { taskEvents } from './taskEvents.ts';
import { TodoItem } from './todo.ts';
import { workflowEvents } from './workflow.ts';

const count = z.number().int().nonnegative();

export const SandboxState = z.enum(['warming', 'restoring', 'syncing', 'ready', 'asleep', 'lost']);
export type SandboxState = z.infer<typeof SandboxState>;
export const SandboxFrom = z.enum(['pool', 'image', 'snapshot', 'base']);
export type SandboxFrom = z.infer<typeof SandboxFrom>;

export const ChangedFile = z.object({ path: z.string(), added: count, removed: count });
export type ChangedFile = z.infer<typeof ChangedFile>;
export const NoticeLevel = z.enum(['info', 'warning', 'error']);

/** How a command ended; without an exit code it did not end by itself, and `why` says so. */
export const CommandEnd = z.object({
  exitCode: z.number().int().min(0).max(255).optional(),
  /** What ended it, as its exit code tells: `SIGKILL`. */
  signal: z.string().max(20).optional(),
  why: z.enum(['stopped', 'timed_out', 'out_of_memory', 'disk_full', 'not_started']).optional(),
});
export type CommandEnd = z.infer<typeof CommandEnd>;

/** What each event type carries in `data`. A new type may be added; clients ignore the ones they do not know. */
export const eventData = {
  'session.created': z.object({
    title: z.string(),
    repo: z.string().nullable(),
    origin: Origin,
    /** Chosen for the session. */
    model: z.string().optional(),
    /** The session whose agent began it. */
    parentId: idOf('session').optional(),
    /** Of an attempt: what it is made with. */
    madeWith: MadeWith.optional(),
  }),
  'session.titled': z.object({ title: z.string() }),
  'session.state': z.object({
    state: SessionState,
    /** `waiting` for sessions that its agent began, and for nobody. */
    waitsForChildren: z.boolean().optional(),
  }),
  'session.archived': z.object({}),
  'session.forked': z.object({
    from: idOf('session').optional(),
    to: idOf('session').optional(),
    seq: count,
    /** Of an attempt: the session whose prompt it is made for, which is where it came from. */
    parentId: idOf('session').optional(),
    madeWith: MadeWith.optional(),
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
    /** Chosen for this prompt. */
    model: z.string().optional(),
    when: PromptWhen.optional(),
    mode: PromptMode.optional(),
    /** The agent that it names. */
    agent: AgentId.optional(),
    /** The lines that it comments on; the text says what. */
    places: z.array(CommentPlace).optional(),
  }),
  'prompt.edited': z.object({
    promptId: idOf('prompt'),
    text: z.string(),
    artifactId: idOf('artifact').optional(),
    /** The agent that it names now; null: none. Absent where that did not change. */
    agent: AgentId.nullable().optional(),
  }),
  'prompt.cancelled': z.object({ promptId: idOf('prompt') }),
  'turn.started': z.object({
    turnId: idOf('turn'),
    promptIds: z.array(idOf('prompt')).min(1),
    model: z.string(),
    /** `plan`: nothing is changed in it. */
    mode: PromptMode.optional(),
    /** Absent where the prompts name none. */
    agent: AgentRef.optional(),
  }),
  /** Prompts that were sent to the running turn are read by it from now on. */
  'turn.steered': z.object({ turnId: idOf('turn'), promptIds: z.array(idOf('prompt')).min(1) }),
  /** Somebody wants it to end; `queue`: what becomes of the prompts behind it. */
  'turn.stopping': z.object({ turnId: idOf('turn'), queue: AfterStop }),
  /** Prompts that a stop held run again. */
  'queue.released': z.object({}),
  'turn.finished': z.object({
    turnId: idOf('turn'),
    outcome: Outcome,
    usage: Usage,
    question: z.string().optional(),
    choices: z.array(z.string()).optional(),
    error: TurnError.optional(),
    /** Over budget: which, of whom, how much and until when. */
    budget: BudgetState.optional(),
    /** By the configured prices; absent where the model's price is not known. */
    costUsd: z.number().nonnegative().optional(),
    /** When the model's first word or call of this turn came. */
    firstTokenAt: z.iso.datetime({ precision: 3 }).optional(),
  }),
  'message.done': z.object({ messageId: idOf('message'), text: z.string(), error: TurnError.optional() }),
  /** What the model let us read of its reasoning before it answered; empty where a later try had none. */
  'reasoning.done': z.object({ reasoningId: z.string(), text: z.string(), durationMs: count }),
  'tool.started': z.object({
    callId: idOf('call'),
    tool: z.string(),
    input: z.unknown(),
    /** Of a call that can change something. */
    risk: Risk.optional(),
  }),
  'tool.finished': z.object({
    callId: idOf('call'),
    ok: z.boolean(),
    summary: z.string(),
    output: z.string(),
    truncated: z.boolean(),
    durationMs: count,
    artifactId: idOf('artifact').optional(),
    /** How a command ended, where the call was one. */
    ended: CommandEnd.optional(),
  }),
  'sandbox.state': z.object({
    state: SandboxState,
    from: SandboxFrom.optional(),
    detail: z.string().optional(),
  }),
  /** `total`: of a list that was cut short. */
  'files.changed': z.object({ files: z.array(ChangedFile), total: DiffTotals.optional() }),
  'artifact.created': z.object({
    artifactId: idOf('artifact'),
    kind: z.string(),
    name: z.string(),
    bytes: count,
    sha256: z.string(),
  }),
  'approval.requested': WaitingApproval,
  /**
   * `expired`: nobody answered in time, which is a no. `replaced`: by a newer plan, or a rewind took back what it was
   * about.
   */
  'approval.resolved': z.object({
    approvalId: z.string(),
    approved: z.boolean(),
    by: Author.optional(),
    expired: z.boolean().optional(),
    replaced: z.boolean().optional(),
    /** Of a plan: the prompt that it became. */
    promptId: idOf('prompt').optional(),
    /** Somebody changed the plan or the action before; `action` is what it became. */
    edited: z.boolean().optional(),
    action: z.string().max(limits.approvalActionBytes).optional(),
    extent: Extent.optional(),
  }),
  'grant.given': Grant,
  /** Without `by` it was taken back by the server. */
  'grant.withdrawn': z.object({ grantId: idOf('grant'), by: Author.optional() }),
  'change.opened': z.object({
    changeId: idOf('change'),
    url: z.string(),
    number: count.optional(),
    branch: z.string(),
    author: Author,
    title: z.string().optional(),
    draft: z.boolean().optional(),
    stack: ChangeStack.optional(),
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
  ...taskEvents,
  ...attemptEvents,
  ...workflowEvents,
  ...controlEvents,
  /** On the session's blackboard; `seq` of its source is this event's where it has none. */
  'board.written': BoardEntry,
  'board.removed': z.object({ entryId: idOf('board') }),
  /** Its time is over. */
  'board.expired': z.object({ entryId: idOf('board') }),
  /** A session that this one's agent began works: from now on, or again. */
  'child.started': Child,
  /** It waits for somebody's yes; with the next `child.started` it goes on. */
  'child.blocked': z.object({ childId: idOf('session'), why: z.string().max(limits.childTextChars) }),
  /** A turn of it ended. */
  'child.finished': ChildEnd.extend({ childId: idOf('session') }),
  'context.compacted': z.object({
    /** Tokens of a request before and after. */
    before: count,
    after: count,
    version: count.optional(),
    /** What the agent reads instead of its older messages; without it older results were shortened only. */
    summary: z.string().optional(),
    /** The model that wrote it; `log` where none could be had. */
    by: z.string().optional(),
    /** Names, paths and numbers that the summary does not have. The log has them. */
    lost: z.array(z.string()).optional(),
  }),
  /** The agent's own list as it stands now, whole. */
  'todo.updated': z.object({ items: z.array(TodoItem) }),
  /**
   * What the sandbox reached, or was kept from. The first time at once, then now and then with the count so far: the
   * newest one of a host, port and outcome counts.
   */
  'egress.noted': EgressNoted,
  /** A prompt waits: this budget is used up. It runs once that is raised or begins anew. */
  'budget.reached': z.object({ promptId: idOf('prompt'), budget: BudgetState, text: z.string() }),
  'budget.raised': z.object({ budget: BudgetState, amount: z.number(), by: Author, text: z.string() }),
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
