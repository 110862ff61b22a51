import { idOf } from '@deckhand/shared';
import { z } from 'zod';
import { defineTool, type Tool } from './tool.ts';

/** What the session's log has beyond what the model can read at once. */
export const historyTools: Tool[] = [
  defineTool({
    name: 'read_result',
    schema: z.object({
      callId: idOf('call').describe('As the shortened result says: cal_…'),
      offset: z.number().int().nonnegative().optional().describe('Characters to leave out; 0 where absent'),
      limit: z.number().int().positive().max(16_000).optional().describe('Characters; 8000 where absent'),
    }),
    readOnly: true,
    run: ({ callId, offset = 0, limit = 8_000 }, _, { history }) => history.result(callId, { offset, limit }),
  }),
  defineTool({
    name: 'search_history',
    schema: z.object({
      query: z.string().trim().min(2).max(200).describe('Words that must all stand in an entry'),
      before: z.number().int().positive().optional().describe('Only entries before this number'),
    }),
    readOnly: true,
    run: ({ query, before }, _, { history }) => history.search(query, before),
  }),
];
