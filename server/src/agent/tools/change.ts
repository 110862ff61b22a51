import { z } from 'zod';
import { defineTool, type Offered, type Tool, toldResult } from './tool.ts';

const title = z.string().trim().min(1).max(200);
const body = z.string().max(30_000);
const offeredWhen = ({ pulls }: Offered) => pulls;

/** What can be done with the session's change. */
export const changeTools: Tool[] = [
  defineTool({
    name: 'open_change',
    schema: z.object({
      title: title.describe('One line, in the imperative'),
      body: body.describe('Markdown: why, what, how it was checked'),
      draft: z.boolean().optional().describe('Not ready for review yet'),
    }),
    run: async ({ draft = false, ...words }, _, { change }) =>
      toldResult(await change.open({ ...words, draft })),
  }),
  defineTool({
    name: 'update_change',
    schema: z
      .object({
        title: title.optional(),
        body: body.optional(),
        draft: z.boolean().optional().describe('false: ready for review'),
      })
      .refine(input => Object.values(input).some(value => value !== undefined), 'say what to change'),
    offeredWhen,
    run: async (words, _, { change }) => toldResult(await change.update(words)),
  }),
  defineTool({
    name: 'read_reviews',
    schema: z.object({}),
    readOnly: true,
    offeredWhen,
    run: async (_, __, { change }) => toldResult(await change.reviews()),
  }),
  defineTool({
    name: 'read_checks',
    schema: z.object({ name: z.string().optional().describe('Only this check, with more of its log') }),
    readOnly: true,
    offeredWhen,
    run: async ({ name }, _, { change }) => toldResult(await change.checks(name)),
  }),
  defineTool({
    name: 'comment',
    schema: z.object({
      text: z.string().min(1).max(30_000),
      inReplyTo: z.number().int().optional().describe('Id of a remark on a line'),
    }),
    offeredWhen,
    run: async (remark, { callId }, { change }) => toldResult(await change.comment({ callId, ...remark })),
  }),
];
