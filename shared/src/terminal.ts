import { z } from 'zod';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';

const sessionId = idOf('session');
const columns = z.number().int().min(2).max(limits.terminalColumns);
const rows = z.number().int().min(1).max(limits.terminalRows);
const nothing = z.looseObject({});

/**
 * The terminal in a session's sandbox: one for everybody, over a socket. Nobody's output comes faster than they say with
 * `terminal.taken` that they took it.
 */
export const terminalCommands = {
  /** Shows it from now on, and begins or wakes the sandbox for it. `mayType` false: they may only look, and `why` says so. */
  'terminal.open': {
    input: z.object({ sessionId, columns, rows }),
    output: z.object({ mayType: z.boolean(), why: z.string().optional() }),
    http: null,
    socket: true,
  },
  'terminal.type': {
    input: z.object({ sessionId, text: z.string().min(1).max(limits.terminalTypedChars) }),
    output: nothing,
    http: null,
    socket: true,
  },
  /** The size that whoever types has; the newest counts, for all. */
  'terminal.size': {
    input: z.object({ sessionId, columns, rows }),
    output: nothing,
    http: null,
    socket: true,
  },
  /** So many characters of output were shown. */
  'terminal.taken': {
    input: z.object({ sessionId, chars: z.number().int().positive() }),
    output: nothing,
    http: null,
    socket: true,
  },
  'terminal.close': { input: z.object({ sessionId }), output: nothing, http: null, socket: true },
} as const;

/**
 * `asleep`: the next key wakes it. `lost`, `ended`: the next key begins another. `failed`: it could not be begun;
 * `detail` says why.
 */
export const TerminalState = z.enum(['starting', 'open', 'asleep', 'lost', 'ended', 'failed']);
export type TerminalState = z.infer<typeof TerminalState>;

/** What the server sends to whoever looks at a terminal. */
export const TerminalMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('state'), sessionId, state: TerminalState, detail: z.string().optional() }),
  /** What was shown is over: the whole screen follows as output. */
  z.object({ kind: z.literal('anew'), sessionId, columns, rows }),
  z.object({ kind: z.literal('output'), sessionId, text: z.string() }),
  z.object({ kind: z.literal('size'), sessionId, columns, rows }),
  /** Somebody types; it wears off. */
  z.object({ kind: z.literal('typist'), sessionId, userId: z.string(), name: z.string() }),
]);
export type TerminalMessage = z.infer<typeof TerminalMessage>;
