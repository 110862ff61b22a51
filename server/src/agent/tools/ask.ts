import { z } from 'zod';
import { defineTool } from './tool.ts';

export const ask = defineTool({
  name: 'ask',
  schema: z.object({
    question: z.string().min(1).max(4000).describe('One clear question'),
    choices: z
      .array(z.string().min(1).max(200))
      .max(6)
      .optional()
      .describe('Likely answers, if there are any'),
  }),
  readOnly: true,
  // What was asked for beside it is done before the turn ends.
  comesLast: true,
  run: async ({ question, choices }) => ({
    ok: true,
    summary: 'Asked',
    output: `Asked: ${question}\nThe answer comes with the next prompt.`,
    truncated: false,
    durationMs: 0,
    ending: { outcome: 'asked', question, choices },
  }),
});
