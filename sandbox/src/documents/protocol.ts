import { z } from 'zod';

/** Said of what has a notebook's name and is none: it is read as what it is. */
export const noNotebook = 'is no notebook';

/** What the program says that reads documents. All of it but `page.status` is somebody else's text. */
export const Answer = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** What it is, in words of ours. */
    about: z.string(),
    text: z.string(),
    page: z.object({ url: z.string(), status: z.number(), title: z.string() }).optional(),
  }),
  z.object({ ok: z.literal(false), message: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;
