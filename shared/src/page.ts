import { z } from 'zod';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';

/** The agent asks the page on which somebody picked something for more of it. Only that person's sockets hear it. */
export const PageAsk = z.object({
  sessionId: idOf('session'),
  /** Of the tool call that waits for the answer. */
  callId: idOf('call'),
  pickId: idOf('pick'),
  /** As the capture numbers it: `#12`. */
  node: z.number().int().nonnegative(),
});
export type PageAsk = z.infer<typeof PageAsk>;

/** As the model reads it: a part of the page, or why there is none. */
export const PageAnswer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), text: z.string().min(1).max(limits.pageAnswerChars) }),
  z.object({ ok: z.literal(false), message: z.string().min(1).max(400) }),
]);
export type PageAnswer = z.infer<typeof PageAnswer>;

export const pageGone = 'The page is not open in a sidebar any more.';

export const pageCommands = {
  /** Of whom was asked, and nobody else. The first answer counts. */
  'page.answer': {
    input: z.object({ ...PageAsk.pick({ sessionId: true, callId: true }).shape, answer: PageAnswer }),
    output: z.looseObject({}),
    http: null,
    socket: true,
  },
} as const;
