import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { OnBehalfOf, OnBehalfOfRead } from './people.ts';
import { Session } from './session.ts';
import { TaskStatus } from './tasks.ts';
import { ShownWorkflow } from './workflow.ts';

const count = z.number().int().nonnegative();

/** What work used so far. */
export const Use = z.object({
  tokens: count,
  /** By the configured prices; absent where one is not known. */
  costUsd: z.number().nonnegative().optional(),
  /** How long it took, or has taken by now. */
  durationMs: count,
});
export type Use = z.infer<typeof Use>;

/** A task as the tree of a session shows it. */
export const TreeTask = Use.extend({
  taskId: idOf('task'),
  /** The task whose agent gave it; absent where the turn's own did. */
  parentId: idOf('task').optional(),
  turnId: idOf('turn'),
  agentId: z.string(),
  agentName: z.string(),
  model: z.string(),
  /** First line of its goal. */
  goal: z.string(),
  status: TaskStatus,
});
export type TreeTask = z.infer<typeof TreeTask>;

/** A session with its newest tasks and the sessions that its agent began. */
export type SessionTree = Use & {
  sessionId: string;
  repo: string | null;
  title: string;
  /** How it stands, in a word or two. */
  word: string;
  /** Absent where whoever asks may not see it: the rest is what its parent knows. */
  session?: Session | undefined;
  tasks: TreeTask[];
  /** Tasks before those, which are not listed. */
  tasksBefore: number;
  /** The parts of large work that it runs, or ran last. */
  workflow?: ShownWorkflow | undefined;
  children: SessionTree[];
};
export const SessionTree: z.ZodType<SessionTree> = Use.extend({
  sessionId: idOf('session'),
  repo: z.string().nullable(),
  title: z.string(),
  word: z.string(),
  session: Session.optional(),
  tasks: z.array(TreeTask),
  tasksBefore: count,
  workflow: ShownWorkflow.optional(),
  get children() {
    return z.array(SessionTree);
  },
});

const sessionId = idOf('session');
const taskId = idOf('task');
const onBehalfOf = OnBehalfOf.optional();
const nothing = z.looseObject({});

/** Tasks and sessions below one, looked at and steered by people. */
export const treeCommands = {
  'session.tree': {
    input: z.object({ sessionId, onBehalfOf: OnBehalfOfRead.optional() }),
    output: z.object({ tree: SessionTree }),
    http: http('GET', '/sessions/:sessionId/tree'),
    socket: false,
  },
  /** Ends one task and those below it: what it wrote is kept. `takeOver`: whoever gave it is told to leave it to people. */
  'task.stop': {
    input: z.object({ sessionId, taskId, takeOver: z.boolean().default(false), onBehalfOf }),
    output: nothing,
    http: http('POST', '/sessions/:sessionId/tasks/:taskId/stop'),
    socket: true,
  },
  /** Its agent reads it before its next step. */
  'task.message': {
    input: z.object({
      sessionId,
      taskId,
      requestId: RequestId,
      text: z.string().trim().min(1).max(4_000),
      onBehalfOf,
    }),
    output: nothing,
    http: http('POST', '/sessions/:sessionId/tasks/:taskId/messages', 202),
    socket: true,
  },
} as const;
