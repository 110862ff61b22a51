import { z } from 'zod';

const title = z.string().trim().min(1).max(200);
const body = z.string().max(30_000);

/** What each tool for the session's change takes. */
export const changeInputs = {
  open_change: z.object({
    title: title.describe('One line, in the imperative'),
    body: body.describe('Markdown: why, what, how it was checked'),
    draft: z.boolean().optional().describe('Not ready for review yet'),
  }),
  update_change: z
    .object({
      title: title.optional(),
      body: body.optional(),
      draft: z.boolean().optional().describe('false: ready for review'),
    })
    .refine(input => Object.values(input).some(value => value !== undefined), 'say what to change'),
  read_reviews: z.object({}),
  read_checks: z.object({ name: z.string().optional().describe('Only this check, with more of its log') }),
  comment: z.object({
    text: z.string().min(1).max(30_000),
    inReplyTo: z.number().int().optional().describe('Id of a remark on a line'),
  }),
} as const;

export type ChangeTool = keyof typeof changeInputs;
export const isChangeTool = (name: string): name is ChangeTool => Object.hasOwn(changeInputs, name);
