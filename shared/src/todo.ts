import { z } from 'zod';
import { limits } from './limits.ts';

export const TodoStatus = z.enum(['pending', 'in_progress', 'done', 'dropped']);
export type TodoStatus = z.infer<typeof TodoStatus>;

/** One line of the agent's own list of what it is about to do. */
export const TodoItem = z.object({ text: z.string(), status: TodoStatus });
export type TodoItem = z.infer<typeof TodoItem>;

/** The whole list, as the agent gives it. */
export const TodoList = z
  .array(
    z.object({
      text: z.string().trim().min(1).max(limits.todoChars).describe('One step, in a few words'),
      status: TodoStatus,
    }),
  )
  .max(limits.todoItems);

/** Something of it is still to be done. */
export const isOpen = ({ status }: TodoItem): boolean => status === 'pending' || status === 'in_progress';
