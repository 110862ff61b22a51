import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { OnBehalfOf } from './people.ts';
import { Actor } from './session.ts';

export const BoardKind = z.enum(['fact', 'artifact', 'decision']);
export type BoardKind = z.infer<typeof BoardKind>;

/** What it is about: the newest entry of a writer on a key takes the place of the one before. */
export const BoardKey = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]+$/u, 'one line');
const BoardValue = z.string().trim().min(1).max(limits.boardValueChars);
const minuteMs = 60_000;
const ttlMs = z
  .number()
  .int()
  .min(minuteMs)
  .max(365 * 24 * 60 * minuteMs);

/** A line of a session's blackboard. */
export const BoardEntry = z.object({
  id: idOf('board'),
  kind: BoardKind,
  key: BoardKey,
  value: BoardValue,
  source: z.object({
    actor: Actor,
    taskId: z.string().optional(),
    /** Of the session's log in which it was written first. */
    seq: z.number().int().positive().optional(),
    url: z.url().max(1_000).optional(),
    /** The session that wrote it, where that is another: one that this one's agent began. */
    sessionId: idOf('session').optional(),
  }),
  /** It counts for so long. */
  ttlMs: ttlMs.optional(),
  createdAt: z.iso.datetime(),
});
export type BoardEntry = z.infer<typeof BoardEntry>;

/** As a session's head has it; `seq`: of its own log. */
export const BoardLine = BoardEntry.extend({ seq: z.number().int().positive() });
export type BoardLine = z.infer<typeof BoardLine>;

/** What somebody writes on it. */
export const BoardDraft = BoardEntry.pick({ kind: true, key: true, value: true, ttlMs: true });
export type BoardDraft = z.infer<typeof BoardDraft>;

/** Whether it counts no more at this time (epoch milliseconds). */
export const isExpired = ({ ttlMs, createdAt }: BoardEntry, nowMs: number): boolean =>
  ttlMs !== undefined && Date.parse(createdAt) + ttlMs <= nowMs;

const sessionId = idOf('session');

export const boardCommands = {
  /** Takes the place of what people wrote on that key before. */
  'board.write': {
    input: z.object({ sessionId, ...BoardDraft.shape, onBehalfOf: OnBehalfOf.optional() }),
    output: z.object({ entry: BoardEntry }),
    http: http('POST', '/sessions/:sessionId/board', 201),
    socket: true,
  },
  'board.remove': {
    input: z.object({ sessionId, entryId: idOf('board'), onBehalfOf: OnBehalfOf.optional() }),
    output: z.looseObject({}),
    http: http('DELETE', '/sessions/:sessionId/board/:entryId'),
    socket: true,
  },
} as const;
