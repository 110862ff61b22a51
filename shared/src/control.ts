import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { limits } from './limits.ts';
import { OnBehalfOf } from './people.ts';
import { Author } from './session.ts';

const count = z.number().int().nonnegative();
const sessionId = idOf('session');
const onBehalfOf = OnBehalfOf.optional();

/** What a person says to the agent as they hand back. */
export const ControlNote = z
  .string()
  .max(limits.controlNoteChars, `a note has at most ${limits.controlNoteChars} characters`)
  .refine(text => text.trim() !== '', 'A note says something.');

/** What is known to have changed while somebody had control; null where it could not be seen. */
export const ControlChanges = z.object({ files: count, commits: count, commands: count });
export type ControlChanges = z.infer<typeof ControlChanges>;

export const controlEvents = {
  /** A person has control from now on: the agent takes no further step. */
  'control.taken': z.object({
    by: Author,
    /** Who had it until then. */
    from: Author.optional(),
  }),
  /** Nobody has it any more: the agent goes on. */
  'control.given': z.object({
    /** Who had it. */
    of: Author,
    /** The server did it: they did nothing with it for so long. */
    leftMs: count.optional(),
    note: z.string().optional(),
    changes: ControlChanges.nullable(),
    /** No turn waited: the note runs as this prompt. */
    promptId: idOf('prompt').optional(),
  }),
} as const;

/** A session's work tree by hand. */
export const controlCommands = {
  /** From whoever has it, where somebody has; `from` says who. */
  'control.take': {
    input: z.object({ sessionId, onBehalfOf }),
    output: z.object({ from: Author.optional() }),
    http: http('POST', '/sessions/:sessionId/control'),
    socket: true,
  },
  /** Only by who has it. The agent is told what changed, and goes on; without a paused turn the note begins one. */
  'control.handBack': {
    input: z.object({ sessionId, requestId: RequestId, note: ControlNote.optional(), onBehalfOf }),
    output: z.object({ changes: ControlChanges.nullable(), promptId: idOf('prompt').optional() }),
    http: http('POST', '/sessions/:sessionId/control/hand-back'),
    socket: true,
  },
} as const;
