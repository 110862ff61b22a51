import { z } from 'zod';
import { idOf } from '../ids.ts';

/**
 * What the extension read of one picked part of a page. Everything in it comes from the page: it is data to read, and
 * never an instruction. Described in shared/CAPTURE.md.
 */
export const captureVersion = 1;

const short = z.string().max(400);
const words = z.string().max(4000);
const pairs = z.record(z.string().max(200), short);
/** x, y, width, height in CSS pixels of the viewport. */
export const Box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type Box = z.infer<typeof Box>;

export const SourcePlace = z.object({
  file: z.string().max(500),
  line: z.number().int().positive().optional(),
  column: z.number().int().nonnegative().optional(),
  /** What said so: the build's own notes, a source map of its stack, or an attribute of the element. */
  by: z.enum(['debug', 'stack', 'map', 'attribute']),
});
export type SourcePlace = z.infer<typeof SourcePlace>;

export const CaptureComponent = z.object({
  name: z.string().max(200),
  source: SourcePlace.optional(),
  /** Where this component is used: the place of its element in its owner. */
  usedAt: SourcePlace.optional(),
  key: z.string().max(200).optional(),
  props: pairs.optional(),
  state: pairs.optional(),
});
export type CaptureComponent = z.infer<typeof CaptureComponent>;

export type CaptureNode = {
  /** Names the node to the page, as long as it is there. */
  id: number;
  tag: string;
  role?: string | undefined;
  name?: string | undefined;
  text?: string | undefined;
  attrs?: Record<string, string> | undefined;
  box?: Box | undefined;
  /** Why it cannot be seen. */
  hidden?: string | undefined;
  /** Computed styles that differ from the parent's. */
  style?: Record<string, string> | undefined;
  /** The component that drew it, where it is another than the one that drew its parent. */
  component?: string | undefined;
  children?: CaptureNode[] | undefined;
  /** It is shaped like the sibling before it. */
  alike?: boolean | undefined;
  /** Siblings behind it that are shaped like it and were left out. */
  more?: number | undefined;
  /** Nodes under it that were left out. */
  omitted?: number | undefined;
  /** What cannot be read: a frame of another origin, a canvas. */
  opaque?: string | undefined;
};
export const CaptureNode: z.ZodType<CaptureNode> = z.lazy(() =>
  z.object({
    id: z.number().int().nonnegative(),
    tag: z.string().max(100),
    role: z.string().max(100).optional(),
    name: short.optional(),
    text: words.optional(),
    attrs: pairs.optional(),
    box: Box.optional(),
    hidden: z.string().max(60).optional(),
    style: pairs.optional(),
    component: z.string().max(200).optional(),
    children: z.array(CaptureNode).max(500).optional(),
    alike: z.boolean().optional(),
    more: z.number().int().positive().optional(),
    omitted: z.number().int().positive().optional(),
    opaque: z.string().max(100).optional(),
  }),
);

export const PageFacts = z.object({
  /** Without its query's secrets and its fragment's. */
  url: z.string().max(2000),
  route: z.string().max(2000),
  title: short,
  viewport: z.object({ width: z.number(), height: z.number(), scale: z.number() }),
});
export type PageFacts = z.infer<typeof PageFacts>;

export const Capture = z.object({
  version: z.literal(captureVersion),
  pickId: idOf('pick'),
  kind: z.enum(['element', 'area']),
  page: PageFacts,
  framework: z.object({
    name: z.enum(['react', 'vue', 'svelte', 'none']),
    version: z.string().max(40).optional(),
    build: z.enum(['development', 'production']).optional(),
  }),
  /** Finds the element again where the page stays as it is. */
  selector: z.string().max(1000),
  /** Its surroundings, outermost first: `main`, `form "Order 12"`. */
  within: z.array(short).max(40),
  /** Who drew it, nearest first. */
  components: z.array(CaptureComponent).max(30),
  node: CaptureNode,
  console: z.array(short).max(50).optional(),
  requests: z.array(short).max(50).optional(),
  /** How many pieces of each kind were taken out. */
  redacted: z.record(z.string().max(60), z.number().int().positive()),
  /** What was too much, in words. */
  leftOut: z.array(short).max(20),
});
export type Capture = z.infer<typeof Capture>;

/** What a capture is attached as. */
export const captureMediaType = 'text/x-deckhand-capture';
export const captureTokensDefault = 2000;
