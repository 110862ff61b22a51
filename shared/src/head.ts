import { z } from 'zod';
import { AgentRef } from './agents.ts';
import { WaitingApproval } from './approvals.ts';
import { BoardLine } from './board.ts';
import { BudgetState } from './budgets.ts';
import { ChangeChecks, ChangeReviews, ChangeStack, ChangeState } from './changes.ts';
import { ShownChild } from './children.ts';
import { DiffTotals } from './diff.ts';
import { ChangedFile, NoticeLevel, SandboxFrom, SandboxState } from './events.ts';
import { PromptMode, PromptWhen } from './prompts.ts';
import { Attachment, Author, Control, Origin, Outcome, SessionState } from './session.ts';
import { TodoItem } from './todo.ts';
import { ShownWorkflow } from './workflow.ts';

export const QueuedPrompt = z.object({
  promptId: z.string(),
  text: z.string(),
  attachments: z.array(Attachment),
  author: Author,
  /** The whole of a text that is too long to be shown here. */
  artifactId: z.string().optional(),
  /** Chosen for it; the session's where absent. */
  model: z.string().optional(),
  /** `now`: it goes before the running turn's next step. */
  when: PromptWhen.optional(),
  mode: PromptMode.optional(),
  /** Id of the agent that it names. */
  agent: z.string().optional(),
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
  stack: ChangeStack.optional(),
  waits: z.string().optional(),
  reviews: ChangeReviews.optional(),
  checks: ChangeChecks.optional(),
});
export type HeadChange = z.infer<typeof HeadChange>;

/** Attempts at one prompt of which none is taken yet. */
export const HeadAttempts = z.object({
  groupId: z.string(),
  title: z.string(),
  count: z.number(),
  ready: z.boolean(),
});
export type HeadAttempts = z.infer<typeof HeadAttempts>;

/**
 * What a session is at `last`: small, folded from the whole log, and given by the server so that a client that
 * reads only the newest page knows the same.
 */
export const Head = z.object({
  last: z.number().int().nonnegative(),
  title: z.string(),
  repo: z.string().nullable(),
  origin: Origin,
  /** Chosen for the session; the server's where absent. */
  model: z.string().optional(),
  state: SessionState,
  authors: z.array(Author),
  /** Prompts that wait, first in line first. */
  queue: z.array(QueuedPrompt),
  /** Who stopped a turn and wanted them to wait until somebody lets them run; null where they run. */
  queueHeldBy: z.string().nullable().default(null),
  turn: z
    .object({
      turnId: z.string(),
      promptIds: z.array(z.string()),
      model: z.string(),
      mode: PromptMode.optional(),
      /** The agent that works; absent where none was named. */
      agent: AgentRef.optional(),
      startedAt: z.string(),
      /** Who wants it to stop. */
      stoppedBy: z.string().optional(),
    })
    .nullable(),
  lastOutcome: Outcome.nullable(),
  question: z.string().nullable(),
  choices: z.array(z.string()),
  approvals: z.array(WaitingApproval),
  changes: z.array(HeadChange),
  files: z.array(ChangedFile),
  /** What all of them come to, where that list is cut short. */
  filesTotal: DiffTotals.nullable().default(null),
  sandbox: z
    .object({ state: SandboxState, from: SandboxFrom.optional(), detail: z.string().optional() })
    .nullable(),
  notice: z.object({ level: NoticeLevel, text: z.string() }).nullable(),
  /** The budget that ended the last turn, or that a prompt waits for; null where none does. */
  held: BudgetState.nullable().default(null),
  /** The session's blackboard, oldest first. */
  board: z.array(BoardLine).default([]),
  /** Sessions that this one's agent began, first to last. */
  children: z.array(ShownChild).default([]),
  attempts: z.array(HeadAttempts).default([]),
  /** It is `waiting` for some of them, and for nobody. */
  waitsForChildren: z.boolean().default(false),
  control: Control.nullable().default(null),
  /** The session whose agent began it. */
  parentId: z.string().optional(),
  /** The agent's own list; empty where it has none. */
  todos: z.array(TodoItem).default([]),
  /** The graph of work that runs, or ran last; null where none did. */
  workflow: ShownWorkflow.nullable().default(null),
});
export type Head = z.infer<typeof Head>;
