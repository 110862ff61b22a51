import { z } from 'zod';
import { AgentRef } from './agents.ts';
import { TurnError } from './errors.ts';
import { idOf } from './ids.ts';
import { Usage } from './session.ts';
import { Artifact, Task } from './tasks.ts';

/** What the events of tasks carry. */
export const taskEvents = {
  /**
   * A goal was given to an agent. What it does from here on carries `taskId` and `agentId` in the envelope: its calls,
   * its words, its end.
   */
  'task.created': z.object({
    task: Task,
    agent: AgentRef,
    /** 1: the turn's own agent gave it. */
    depth: z.number().int().positive(),
    /** The call that gave it. */
    callId: idOf('call').optional(),
    background: z.boolean().optional(),
  }),
  'task.started': z.object({ taskId: idOf('task'), model: z.string() }),
  /** It waits; `approvalId`: for this answer. With the next `task.started` it goes on. */
  'task.blocked': z.object({ taskId: idOf('task'), why: z.string(), approvalId: z.string().optional() }),
  'task.finished': z.object({
    taskId: idOf('task'),
    status: z.enum(['done', 'failed', 'cancelled']),
    /** What came out; where it is long, its beginning, and the whole is an artifact. */
    output: z.string().optional(),
    artifacts: z.array(Artifact),
    usage: Usage,
    costUsd: z.number().nonnegative().optional(),
    error: TurnError.optional(),
  }),
} as const;
