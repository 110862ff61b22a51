import type {
  Actor,
  Attachment,
  Author,
  ChangedFile,
  EventDataOf,
  HeadChange,
  SandboxFrom,
  SandboxState,
  SessionEvent,
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
} & ({ state: 'queued' } | { state: 'running' | 'done'; turnId: string } | { state: 'cancelled' });

/** Where a turn began: not drawn by itself, but what its end is measured against. */
export type TurnItem = Made & { kind: 'turn'; turnId: string; model: string };

export type TurnEndItem = Made & {
  kind: 'turn.end';
  turnId: string;
  outcome: EventDataOf<'turn.finished'>['outcome'];
  usage: Usage;
  costUsd: number | undefined;
  question: string | undefined;
  choices: readonly string[];
  error: EventDataOf<'turn.finished'>['error'];
  /** Null when the turn began before the first event that we hold. */
  durationMs: number | null;
};

export type MessageItem = Made & {
  kind: 'message';
  messageId: string;
  text: string;
  error: EventDataOf<'message.done'>['error'];
};

export type ToolResult = Omit<EventDataOf<'tool.finished'>, 'callId'>;
/** `tool` is null when the call started before the first event that we hold. `cut` = its turn ended before it did. */
export type ToolItem = Made & { kind: 'tool'; callId: string; tool: string | null; input: unknown } & (
    | { state: 'running' | 'cut' }
    | { state: 'finished'; result: ToolResult }
  );

/** One sandbox on its way from `warming` to `ready`: the states pass through one item. */
export type SandboxItem = Made & {
  kind: 'sandbox';
  state: SandboxState;
  from: SandboxFrom | undefined;
  detail: string | undefined;
  durationMs: number;
};

export type NoticeItem = Made & { kind: 'notice' } & EventDataOf<'notice'>;
export type FilesItem = Made & { kind: 'files'; files: readonly ChangedFile[] };
export type ArtifactItem = Made & { kind: 'artifact' } & { artifact: EventDataOf<'artifact.created'> };
export type ChangeItem = Made & { kind: 'change'; change: HeadChange };
export type ApprovalItem = Made & { kind: 'approval'; approvalId: string; text: string } & (
    | { state: 'open' }
    | { state: 'approved' | 'refused'; by: Author | undefined }
  );

const markTypes = [
  'session.created',
  'session.archived',
  'session.forked',
  'session.rewound',
  'child.started',
  'child.finished',
  'context.compacted',
] as const;
export type MarkEvent = Extract<SessionEvent, { type: (typeof markTypes)[number] }>;
/** Something that deserves one quiet line. */
export type MarkItem = Made & { kind: 'mark'; actor: Actor; event: MarkEvent };

export type Item =
  | PromptItem
  | TurnItem
  | TurnEndItem
  | MessageItem
  | ToolItem
  | SandboxItem
  | NoticeItem
  | FilesItem
  | ArtifactItem
  | ChangeItem
  | ApprovalItem
  | MarkItem;

/** Stable for an item's whole life and unique in its view. */
export function itemKey(item: Item): string {
  switch (item.kind) {
    case 'prompt':
      return item.promptId;
    case 'message':
      return item.messageId;
    case 'tool':
      return item.callId;
    default:
      return `${item.kind}-${item.seq}`;
  }
}
