import { defaultBashTimeoutMs, type Method, type Params } from '@deckhand/sandbox/protocol';
import { z } from 'zod';

/** How long a runtime that says it is there may owe an answer. */
export type Deadlines = {
  /** To what needs no work, and beyond the time that a command was given. */
  answerMs: number;
  /** To a tool that reads or writes files, however many; and to a file on its way, since its last byte. */
  workMs: number;
  /** Input that is late may have been on its way while this process stood still: it is known after so long. */
  lateMs: number;
};

export const defaultDeadlines: Deadlines = { answerMs: 60_000, workMs: 10 * 60_000, lateMs: 5_000 };

const Bash = z.object({ tool: z.literal('bash'), input: z.object({ timeoutMs: z.number().optional() }) });

/**
 * Milliseconds after which no answer comes any more; `moves`: counted anew with each byte. Null for what ends when
 * somebody ends it. Whether the runtime is there at all is asked beside this, by pings.
 */
export function deadlineOf<M extends Method>(
  method: M,
  params: Params<M>,
  { answerMs, workMs }: Deadlines,
): { afterMs: number; moves: boolean } | null {
  switch (method as Method) {
    case 'tcp':
    case 'pty':
      return null;
    case 'call': {
      const bash = Bash.safeParse(params);
      if (!bash.success) return { afterMs: workMs, moves: false };
      return { afterMs: (bash.data.input.timeoutMs ?? defaultBashTimeoutMs) + answerMs, moves: false };
    }
    case 'run':
      return { afterMs: (params as Params<'run'>).timeoutMs + answerMs, moves: true };
    case 'put':
    case 'get':
      return { afterMs: workMs, moves: true };
    default:
      return { afterMs: answerMs, moves: false };
  }
}
