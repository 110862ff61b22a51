import { z } from 'zod';
import { AgentId } from './agents.ts';
import { idOf } from './ids.ts';

/** Something that a task made and that outlives it. */
export const Artifact = z.object({
  id: z.string().min(1).max(100),
  name: z.string().min(1).max(300),
  type: z.enum(['file', 'code', 'document', 'data']),
  /** Where it is: `artifact:art_…`, `git:<commit>`, `file:<path in the repository>`. */
  uri: z.string().min(1).max(1_000),
  checksum: z.string().max(200).optional(),
  createdAt: z.iso.datetime(),
});
export type Artifact = z.infer<typeof Artifact>;

export const TaskStatus = z.enum(['pending', 'running', 'blocked', 'done', 'failed', 'cancelled']);
export type TaskStatus = z.infer<typeof TaskStatus>;

export const isTaskOver = (status: TaskStatus): boolean =>
  status === 'done' || status === 'failed' || status === 'cancelled';

/** How a task stands, in a word or two. */
export const taskWords: Record<TaskStatus, string> = {
  pending: 'not begun yet',
  running: 'works',
  blocked: 'waits',
  done: 'done',
  failed: 'failed',
  cancelled: 'stopped',
};

/** A goal that was given to an agent within a session. */
export const Task = z.object({
  id: idOf('task'),
  /** The task whose agent gave it; absent where the turn's own did. */
  parentId: idOf('task').optional(),
  sessionId: idOf('session'),
  assignedAgent: AgentId.optional(),
  goal: z.string().min(1).max(2_000),
  status: TaskStatus,
  input: z.string().max(20_000),
  output: z.string().optional(),
  artifacts: z.array(Artifact).max(20),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Task = z.infer<typeof Task>;
