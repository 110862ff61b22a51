import { AgentId, idOf } from '@deckhand/shared';
import { z } from 'zod';
import { defineTool, type Tool } from './tool.ts';

const taskId = idOf('task').describe('As delegate named it: tsk_…');
const taskIds = z.array(taskId).min(1).max(40).optional();

export const DelegateInput = z.object({
  agent: AgentId.describe('Which agent, of those that the instructions list'),
  goal: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .describe('What is to come out, so that one can check whether it did'),
  input: z
    .string()
    .max(20_000)
    .optional()
    .describe('All that it needs to know: it reads nothing of this conversation'),
  background: z.boolean().optional().describe('Go on meanwhile; its result is told when it is there'),
});
export type DelegateInput = z.infer<typeof DelegateInput>;

const offeredWhen = ({ tasks }: { tasks: boolean }) => tasks;

/** Giving a part of the work to another agent, with a context of its own. */
export const taskTools: Tool[] = [
  defineTool({
    name: 'delegate',
    schema: DelegateInput,
    // Whoever gets it does no more than is allowed here: each of its calls is asked for by itself.
    planning: true,
    sideBySide: true,
    offeredWhen,
    run: (input, call, { tasks }) => tasks.delegate(call, input),
  }),
  defineTool({
    name: 'task_status',
    schema: z.object({ taskIds: taskIds.describe('All that you gave where absent') }),
    readOnly: true,
    offeredWhen,
    run: ({ taskIds: ids }, _, { tasks }) => tasks.status(ids),
  }),
  defineTool({
    name: 'task_wait',
    schema: z.object({ taskIds: taskIds.describe('All that you gave where absent') }),
    planning: true,
    offeredWhen,
    run: ({ taskIds: ids }, _, { tasks }) => tasks.wait(ids),
  }),
  defineTool({
    name: 'task_cancel',
    schema: z.object({ taskId }),
    planning: true,
    offeredWhen,
    run: ({ taskId: id }, _, { tasks }) => tasks.cancel(id),
  }),
  defineTool({
    name: 'task_message',
    schema: z.object({ taskId, text: z.string().trim().min(1).max(8_000) }),
    planning: true,
    offeredWhen,
    run: ({ taskId: id, text }, call, { tasks }) => tasks.message(call, { taskId: id, text }),
  }),
];
