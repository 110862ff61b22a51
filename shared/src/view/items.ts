import type {
  Actor,
  AgentRef,
  Attachment,
  Author,
  CommentPlace,
  EventDataOf,
  Extent,
  HeadChange,
  Outcome,
  Risk,
  SandboxFrom,
  SandboxState,
  SessionEvent,
  ShownChild,
  TaskStatus,
  Usage,
} from '../index.ts';

/**
 * `seq` and `at` are those of the event that made the item; later events only complete it. `undone`: a rewind took the
 * session to before it.
 */
type Made = { seq: number; at: string; undone?: boolean };

/** A prompt; once a turn takes it, it stands where the turn begins, as people read a conversation. */
export type PromptItem = Made & {
  kind: 'prompt';
  promptId: string;
  requestId: string;
  text: string;
  /** The whole of a text that is too long for an event. */
  artifactId?: string | undefined;
  attachments: readonly Attachment[];
  author: Author;
  via: string | undefined;
  /** It was sent to the turn that ran then. */
  now?: boolean;
  /** Only a plan is wanted. */
  planOnly?: boolean;
  /** The agent that it names. */
  agent?: string;
  /** The lines of the diff that it comments on. */
  places?: readonly CommentPlace[];
} & ({ state: 'queued' } | { state: 'running' | 'done'; turnId: string } | { state: 'cancelled' });

/** Where a turn began: not drawn by itself, but what its end is measured against. */
export type TurnItem = Made & {
  kind: 'turn';
  turnId: string;
  model: string;
  agent?: AgentRef;
  /** Who wanted it to stop. */
  stoppedBy?: string;
};

export type TurnEndItem = Made & {
  kind: 'turn.end';
  turnId: string;
  outcome: EventDataOf<'turn.finished'>['outcome'];
  usage: Usage;
  costUsd: number | undefined;
  question: string | undefined;
  choices: readonly string[];
  error: EventDataOf<'turn.finished'>['error'];
  /** That is used up. */
  budget: EventDataOf<'turn.finished'>['budget'];
  /** Null when the turn began before the first event that we hold. */
  durationMs: number | null;
  /** Of a stopped one, as far as it is known. */
  stoppedBy: string | undefined;
};

export type MessageItem = Made & {
  kind: 'message';
  messageId: string;
  text: string;
  error: EventDataOf<'message.done'>['error'];
};

/** One quiet line; whoever opens it reads the summary. Empty: nothing is drawn. */
export type ReasoningItem = Made & { kind: 'reasoning' } & EventDataOf<'reasoning.done'>;

export type ToolResult = Omit<EventDataOf<'tool.finished'>, 'callId'>;
/** `tool` is null when the call started before the first event that we hold. `cut` = its turn ended before it did. */
export type ToolItem = Made & {
  kind: 'tool';
  callId: string;
  tool: string | null;
  input: unknown;
  risk?: Risk;
} & (
    | {
        state: 'running' | 'cut';
        /** For somebody's yes: it does not run yet. */
        waits?: boolean;
      }
    | { state: 'finished'; result: ToolResult }
  );

/** A task with all that its agent did, tasks that it gave in turn among it: a group that folds. */
export type TaskItem = Made & {
  kind: 'task';
  taskId: string;
  agentId: string;
  agentName: string;
  /** Null when it was given before the first event that we hold. */
  goal: string | null;
  /** 1: the turn's own agent gave it. */
  depth: number;
  /** Whoever gave it went on meanwhile. */
  background: boolean;
  status: TaskStatus;
  model: string | null;
  /** What it waits for. */
  why: string | null;
  items: readonly Item[];
  end: (Omit<EventDataOf<'task.finished'>, 'taskId' | 'status'> & { durationMs: number }) | null;
};

/** One sandbox on its way from `warming` to `ready`: the states pass through one item. */
export type SandboxItem = Made & {
  kind: 'sandbox';
  state: SandboxState;
  from: SandboxFrom | undefined;
  detail: string | undefined;
  durationMs: number;
};

export type NoticeItem = Made & { kind: 'notice' } & EventDataOf<'notice'>;
export type FilesItem = Made & { kind: 'files' } & EventDataOf<'files.changed'>;
export type ArtifactItem = Made & { kind: 'artifact' } & { artifact: EventDataOf<'artifact.created'> };
export type ChangeItem = Made & { kind: 'change'; change: HeadChange };
/** `plan`: the text is one, which stands in the message before it. */
export type ApprovalItem = Made & {
  kind: 'approval';
  approvalId: string;
  text: string;
  plan: boolean;
  /** What was asked for, why, how risky it is and who may answer. */
  asked: EventDataOf<'approval.requested'>;
} & (
    | { state: 'open' }
    | {
        state: 'approved' | 'refused' | 'expired' | 'replaced';
        by: Author | undefined;
        edited: boolean;
        extent: Extent | undefined;
        /** What it became, where somebody changed it. */
        action: string | undefined;
      }
  );

/** A session that the agent began: it stands where that was, and is kept up to date. */
export type ChildItem = Made & { kind: 'child'; child: ShownChild };

/** Attempts at one prompt; once all ended, the best first. */
export type AttemptsItem = Made & {
  kind: 'attempts';
  groupId: string;
  title: string;
  author: Author;
  attempts: readonly {
    n: number;
    childId: string;
    label: string;
    outcome?: Outcome;
    words?: string;
  }[];
  state: 'working' | 'ready' | 'failed' | 'stopped' | 'taken';
  taken: { n: number; by: Author } | null;
};

const markTypes = [
  'session.created',
  'session.archived',
  'session.forked',
  'session.rewound',
  'context.compacted',
  'control.taken',
  'control.given',
  'grant.given',
  'grant.withdrawn',
] as const;
export type MarkEvent = Extract<SessionEvent, { type: (typeof markTypes)[number] }>;
/** Something that deserves one quiet line. */
export type MarkItem = Made & { kind: 'mark'; actor: Actor; event: MarkEvent };

export type Item =
  | PromptItem
  | TurnItem
  | TurnEndItem
  | MessageItem
  | ReasoningItem
  | ToolItem
  | TaskItem
  | SandboxItem
  | NoticeItem
  | FilesItem
  | ArtifactItem
  | ChangeItem
  | ApprovalItem
  | ChildItem
  | AttemptsItem
  | MarkItem;

/** Stable for an item's whole life and unique in its view. */
export function itemKey(item: Item): string {
  switch (item.kind) {
    case 'prompt':
      return item.promptId;
    case 'message':
      return item.messageId;
    case 'reasoning':
      return item.reasoningId;
    case 'tool':
      return item.callId;
    case 'task':
      return item.taskId;
    default:
      return `${item.kind}-${item.seq}`;
  }
}
