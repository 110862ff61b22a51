import { TodoList } from '@deckhand/shared';
import { todoText } from '@deckhand/shared/words';
import { z } from 'zod';
import { defineTool } from './tool.ts';

/** The agent's own list of what it does: people see it live, and no summing up takes it away. */
export const plan = defineTool({
  name: 'plan',
  schema: z.object({ items: TodoList.describe('The whole list, in the order of work') }),
  readOnly: true,
  // The plan itself is the answer there.
  planning: false,
  run: async ({ items }) => {
    const summary = todoText(items);
    return { ok: true, summary, output: summary, truncated: false, durationMs: 0, todo: items };
  },
});
