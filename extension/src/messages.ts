import { Box, Capture, CaptureNode } from '@deckhand/shared/capture';
import { z } from 'zod';

/** What panel and page say to each other over a port of the extension's own. The page's side is not trusted. */
export const portName = 'deckhand-pick';

export type PickOptions = {
  fields: boolean;
  redactSelectors: readonly string[];
};

export type ToPage =
  | { type: 'start'; options: PickOptions; many: boolean }
  | { type: 'stop' }
  /** Takes the page as a whole. */
  | { type: 'whole'; options: PickOptions }
  /** A key pressed in the panel while picking. */
  | { type: 'key'; key: string }
  | {
      type: 'measure';
      askId: string;
      target: { pickId: string } | { box: Box } | null;
      redactSelectors: readonly string[];
      /** For a picture: what is drawn over the page while picking is out of sight until it is asked again without. */
      clear: boolean;
    }
  | { type: 'expand'; askId: string; pickId: string; node: number; redactSelectors: readonly string[] }
  | { type: 'preview'; askId: string; url: string | null }
  | { type: 'highlight'; pickId: string };

const Measured = z.object({
  /** Null: it is not on the page any more. */
  box: Box.nullable(),
  /** Parts that are painted over in pictures. */
  privateBoxes: z.array(Box).max(2000),
  viewport: z.object({ width: z.number().positive(), height: z.number().positive() }),
});
export type Measured = z.infer<typeof Measured>;

/** A node of a pick with what is in it, and how many pieces of each kind were taken out. */
const Expanded = z.object({ node: CaptureNode, redacted: Capture.shape.redacted });
export type Expanded = z.infer<typeof Expanded>;

export const FromPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), url: z.string().max(4000) }),
  z.object({ type: z.literal('picked'), capture: Capture, tookMs: z.number().nonnegative() }),
  /** Sources as maps say them, a moment after the pick. */
  z.object({ type: z.literal('better'), capture: Capture }),
  z.object({ type: z.literal('failed'), message: z.string().max(400) }),
  z.object({ type: z.literal('left') }),
  z.object({ type: z.literal('measured'), askId: z.string(), measured: Measured }),
  z.object({ type: z.literal('expanded'), askId: z.string(), expanded: Expanded.nullable() }),
  z.object({ type: z.literal('previewed'), askId: z.string(), shown: z.boolean() }),
  z.object({ type: z.literal('closed') }),
]);
export type FromPage = z.infer<typeof FromPage>;
