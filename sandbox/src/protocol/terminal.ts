import { z } from 'zod';

/** Beyond these nothing is to be seen any more, and a screen costs memory by its cells. */
export const mostColumns = 500;
export const mostRows = 200;
/** Characters of one frame, of keys and of output. */
export const terminalFrameChars = 64 * 1024;
/** Who looks at one terminal at a time. */
export const mostLookers = 16;

/** What was typed there, as its shell remembers it, each with its time; memory, since some of it may be secret. */
export const terminalHistory = '/run/deckhand/terminal.history';

const columns = z.number().int().min(2).max(mostColumns);
const rows = z.number().int().min(1).max(mostRows);
const text = z.string().min(1).max(terminalFrameChars);

/** From whoever looks at a terminal, as frames of the codec within the bytes of a `pty` stream. */
export const ToTerminal = z.discriminatedUnion('t', [
  z.object({ t: z.literal('type'), text }),
  /** Of whoever types: the newest counts, for all. */
  z.object({ t: z.literal('size'), columns, rows }),
]);
export type ToTerminal = z.infer<typeof ToTerminal>;

/** To whoever looks, the same way. */
export const FromTerminal = z.discriminatedUnion('t', [
  /** What was shown is over; the whole screen follows as output, of this size. First of all, and to who could not keep up. */
  z.object({ t: z.literal('anew'), columns, rows }),
  z.object({ t: z.literal('output'), text }),
  z.object({ t: z.literal('size'), columns, rows }),
  /** The shell ended; whoever looks again gets another. */
  z.object({ t: z.literal('ended') }),
]);
export type FromTerminal = z.infer<typeof FromTerminal>;
