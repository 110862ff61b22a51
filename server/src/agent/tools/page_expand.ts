import { idOf } from '@deckhand/shared';
import { z } from 'zod';
import { defineTool } from './tool.ts';

export const pageExpand = defineTool({
  name: 'page_expand',
  schema: z.object({
    pickId: idOf('pick').describe('As the capture says: pck_…'),
    node: z.number().int().nonnegative().describe('Number of the node, without the #'),
  }),
  readOnly: true,
  offeredWhen: ({ page }) => page,
  run: (asked, call, { page }) => page.expand(call, asked),
});
