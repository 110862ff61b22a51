import { AgentId, idOf, limits } from '@deckhand/shared';
import { z } from 'zod';
import { defineTool, type Offered, type Tool, toldResult } from './tool.ts';

const session = idOf('session').describe('Its id, as spawn_session gave it');
const offeredWhen = ({ children }: Offered) => children;
const mostWaitMinutes = 24 * 60;

/** Sessions of their own, on this or other repositories. */
export const childrenTools: Tool[] = [
  defineTool({
    name: 'spawn_session',
    schema: z.object({
      repo: z.string().min(1).max(200).describe('Id of the repository that it works on'),
      title: z.string().trim().min(1).max(limits.titleChars).describe('One line for the people who look on'),
      prompt: z
        .string()
        .trim()
        .min(1)
        .max(limits.promptChars)
        .describe('All that it needs to know: it sees nothing of this session'),
      agent: AgentId.optional().describe('The agent that works; the usual one, if left out'),
      budget: z
        .object({
          tokens: z.number().int().positive().optional(),
          minutes: z.number().int().positive().max(mostWaitMinutes).optional(),
        })
        .optional()
        .describe('The most that it may use; never more than this turn has left'),
    }),
    offeredWhen,
    run: async (asked, call, { children }) => toldResult(await children.spawn(call, asked)),
  }),
  defineTool({
    name: 'session_status',
    schema: z.object({ session: session.optional() }),
    readOnly: true,
    offeredWhen,
    run: async ({ session }, _, { children }) => toldResult(await children.status(session)),
  }),
  defineTool({
    name: 'session_message',
    schema: z.object({ session, text: z.string().trim().min(1).max(limits.promptChars) }),
    offeredWhen,
    run: async ({ session, text }, call, { children }) =>
      toldResult(await children.message(call, { sessionId: session, text })),
  }),
  defineTool({
    name: 'session_wait',
    schema: z.object({
      sessions: z.array(session).min(1).max(limits.children).optional().describe('All of them, if left out'),
      any: z.boolean().optional().describe('Go on as soon as one of them ended'),
      minutes: z
        .number()
        .int()
        .positive()
        .max(mostWaitMinutes)
        .optional()
        .describe('At most; 60 if left out'),
    }),
    readOnly: true,
    // What else was asked for beside it is under way before everything waits.
    comesLast: true,
    offeredWhen,
    run: async ({ sessions, any = false, minutes = 60 }, call, { children }) =>
      toldResult(await children.wait(call, { sessionIds: sessions, any, minutes })),
  }),
];
