import { noUsage, type Result, startOf, type WorkflowGraph } from '@deckhand/shared';
import type { Call, CallResult, TasksPort } from '../../agent/tools/tool.ts';
import type { SessionSandbox } from '../../sandboxes/acquire/sessionSandbox.ts';
import type { KeepOutput } from '../../sandboxes/keptOutput.ts';
import type { TaskRecord } from '../../sessions/run/taskRecords.ts';
import type { TaskWriter } from '../../sessions/run/taskWriter.ts';
import type { TurnWriter } from '../../sessions/run/turnWriter.ts';
import type { Meta, Run } from '../../sessions/store/meta.ts';
import type { ParkedTurn } from '../parkedTurn.ts';
import type { SharedPorts } from '../sharedPorts.ts';
import type { TurnControl } from '../turnControl.ts';
import type { TurnDeps } from '../turnDeps.ts';
import type { Slots } from './slots.ts';
import type { TaskTree } from './taskTree.ts';
import type { WarmSiblings } from './warmSiblings.ts';

/** The turn that tasks are of, as far as they share it. */
export type TaskTurn = {
  deps: TurnDeps;
  writer: TurnWriter;
  meta: Meta;
  run: Run;
  control: TurnControl;
  sandbox: SessionSandbox;
  ports: SharedPorts;
  keep: KeepOutput;
  /** Runs a command in the repository's own work tree, as far as policy lets the turn; the same call runs once. */
  check: (call: Call) => Promise<CallResult>;
  /** What a task that plans anew may propose; a sentence where it may not. */
  proposal: (graph: WorkflowGraph) => Promise<Result<{ graph: WorkflowGraph }>>;
};

export type TaskRunDeps = TaskTurn & {
  task: TaskWriter;
  /** Of the turn, and of the task alone. */
  interrupt: AbortSignal;
  /** Its work tree; null: the repository's own. */
  tree: TaskTree | null;
  slots: Slots;
  siblings: WarmSiblings;
  /** What it gave to others and is not over, where it ends before that. */
  endInner: () => Promise<void>;
  /** It has its turn; what it answers is called when it is over. */
  begins: () => () => void;
  /** What it gives to others in turn. */
  tasks: TasksPort;
  delegates: boolean;
  /** Before each step: throws where the turn is put aside. */
  beforeStep: () => Promise<void>;
  /** Its last word is said: true where it must read more before that counts. */
  settle: () => Promise<boolean>;
  /** Somebody must say yes first: the turn is to be put aside. */
  park: (parked: ParkedTurn) => void;
  /** What tasks have used has changed. */
  used: () => void;
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
};

/** Where a task's loop begins. */
export const runOf = (
  turn: Run,
  { agent, goal, model }: { agent: TaskRecord['agent']; goal: string; model: string },
): Run => ({
  turnId: turn.turnId,
  promptIds: turn.promptIds,
  author: turn.author,
  ...(turn.beside ? { beside: turn.beside } : {}),
  title: startOf(goal, 500),
  model,
  agent,
  ...(turn.temperature === undefined ? {} : { temperature: turn.temperature }),
  ...(turn.mode ? { mode: turn.mode } : {}),
  startedAtMs: Date.now(),
  deadlineAtMs: turn.deadlineAtMs,
  tokenBudget: turn.tokenBudget,
  steps: 0,
  usage: noUsage,
  pending: [],
  touched: false,
  ...(turn.untrusted ? { untrusted: turn.untrusted } : {}),
  ...(turn.signature ? { signature: turn.signature } : {}),
});
