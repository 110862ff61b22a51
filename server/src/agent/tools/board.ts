import { BoardDraft, BoardKind } from '@deckhand/shared';
import { z } from 'zod';
import { defineTool, type Tool, toldResult } from './tool.ts';

const { kind, key, value } = BoardDraft.shape;
const mostDays = 365;

/** The session's blackboard. */
export const boardTools: Tool[] = [
  defineTool({
    name: 'note',
    schema: z.object({
      kind: kind.describe(
        'fact: what was found out; decision: what was decided, and why; artifact: where something is',
      ),
      key: key.describe(
        'What it is about, the same words each time: it takes the place of your line on that key',
      ),
      value: value.describe('One thing, with how you know it'),
      url: z.url().max(1_000).optional().describe('Where it can be looked up'),
      days: z
        .number()
        .int()
        .positive()
        .max(mostDays)
        .optional()
        .describe('It counts for so long; for good, if left out'),
    }),
    readOnly: true,
    planning: false,
    run: async ({ days, ...written }, call, { board }) =>
      toldResult(
        await board.write(call, {
          ...written,
          ...(days === undefined ? {} : { ttlMs: days * 24 * 3_600_000 }),
        }),
      ),
  }),
  defineTool({
    name: 'recall',
    schema: z.object({
      query: z.string().min(1).max(200).optional().describe('Words that stand in its key or text'),
      kind: BoardKind.optional(),
    }),
    readOnly: true,
    run: async (wanted, _, { board }) => toldResult(await board.read(wanted)),
  }),
];
