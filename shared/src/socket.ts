import { z } from 'zod';
import type { Envelope } from './events.ts';
import type { Frame } from './frames.ts';
import type { PageAsk } from './page.ts';
import type { TerminalMessage } from './terminal.ts';

export const Presence = z.object({
  sessionId: z.string(),
  people: z.array(z.object({ userId: z.string(), name: z.string(), typing: z.boolean() })),
});
export type Presence = z.infer<typeof Presence>;

/** What the server sends on a socket without being asked. */
export type ServerMessages = {
  event: (event: Envelope) => void;
  frame: (frame: Frame) => void;
  presence: (presence: Presence) => void;
  /** To whoever picked something on a page: the agent asks for more of it. `page.answer` answers. */
  'page.ask': (ask: PageAsk) => void;
  terminal: (message: TerminalMessage) => void;
  /** The server is going down; the client reconnects after `retryInMs`. */
  closing: (notice: { retryInMs: number }) => void;
};

/** Sent in `auth` when a socket connects. Without a token the browser's session cookie counts. */
export const SocketAuth = z.object({ token: z.string().optional(), protocol: z.number() });
export type SocketAuth = z.infer<typeof SocketAuth>;
