import { Box } from '@deckhand/shared/capture';
import { z } from 'zod';

/** Between the panel and the frame around a preview. */
export const previewPort = (id: string) => `deckhand-preview-${id}`;

export const ToPreview = z.object({
  url: z.url({ protocol: /^https?$/ }),
  selector: z.string(),
  /** Parts that are painted over in pictures. */
  hidden: z.string(),
});
export type ToPreview = z.infer<typeof ToPreview>;

export const FromPreview = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('found'),
    box: Box,
    privateBoxes: z.array(Box).max(500),
    viewport: z.object({ width: z.number().positive(), height: z.number().positive() }),
  }),
  /** It is not on the changed page. */
  z.object({ type: z.literal('missing') }),
]);
export type FromPreview = z.infer<typeof FromPreview>;
