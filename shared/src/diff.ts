import { z } from 'zod';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';
import { OnBehalfOf } from './people.ts';

const count = z.number().int().nonnegative();

/** How many files and lines a change has, also where not every file of it is listed. */
export const DiffTotals = z.object({ files: count, added: count, removed: count });
export type DiffTotals = z.infer<typeof DiffTotals>;

/** Counted together: a list that was cut short comes with what all of it has. */
export function totalsOf(
  files: readonly { added: number; removed: number }[],
  total?: DiffTotals | null,
): DiffTotals {
  if (total) return total;
  const sum = (of: 'added' | 'removed') => files.reduce((before, file) => before + file[of], 0);
  return { files: files.length, added: sum('added'), removed: sum('removed') };
}

export const DiffKind = z.enum(['added', 'deleted', 'changed', 'renamed']);

/** One file of a diff, whether or not its lines came along. */
export const DiffFile = z.object({
  path: z.string(),
  /** Where it was before, if it was renamed. */
  oldPath: z.string().optional(),
  kind: DiffKind,
  added: count,
  removed: count,
  binary: z.boolean(),
  /** Made by a program (a lock file, a bundle): nobody reads it line by line. */
  generated: z.boolean(),
  /** What it was and is: another wherever one of both is. */
  content: z.string(),
  /**
   * Of one whose lines are not in `diff`, how many bytes they have; null where nobody counted that far. Asked for by its
   * path they come alone, up to `limits.diffFileBytes`.
   */
  leftOutBytes: count.nullable().optional(),
});
export type DiffFile = z.infer<typeof DiffFile>;

const turnId = idOf('turn');

export const DiffRange = z.object({
  /** What changed since the end of this turn. */
  since: turnId.optional(),
  /** What this turn changed. */
  turn: turnId.optional(),
});
export type DiffRange = z.infer<typeof DiffRange>;

export const diffCommands = {
  'session.diff': {
    /** Without a turn: all that the session changed, from its base. `path`: this file alone. */
    input: DiffRange.extend({
      sessionId: idOf('session'),
      path: z.string().min(1).max(limits.pathChars).optional(),
    }),
    output: z.object({
      /** Commit ids of both sides, null before the first commit. */
      base: z.string().nullable(),
      head: z.string().nullable(),
      /** Absent where an older server answers. */
      files: z.array(DiffFile).default([]),
      total: DiffTotals.optional(),
      /** The turn that it is about was undone by a rewind. */
      undone: z.boolean().default(false),
      /** In git's unified form; files that are too large are left out of it. */
      diff: z.string(),
    }),
    http: http('GET', '/sessions/:sessionId/diff'),
    socket: false,
  },
  /** A person changes lines of a session's work: a commit of theirs, while no turn runs. Sent twice it is one. */
  'file.edit': {
    input: z.object({
      sessionId: idOf('session'),
      path: z.string().min(1).max(limits.pathChars),
      /** Lines as they are after the change, from 1. */
      from: z.number().int().min(1),
      to: z.number().int().min(1),
      /** What stands there: where it is other by now nothing is changed. */
      before: z.string().max(limits.editChars),
      after: z.string().max(limits.editChars),
      onBehalfOf: OnBehalfOf.optional(),
    }),
    output: z.looseObject({}),
    http: { ...http('POST', '/sessions/:sessionId/edits'), timeoutMs: 90_000 },
    socket: false,
  },
} as const;

/** Where the whole of it is downloaded as git takes it (`git apply`); who opens it must be signed in. */
export function patchPath(sessionId: string, { since, turn }: DiffRange = {}): string {
  const range = new URLSearchParams({ ...(since ? { since } : {}), ...(turn ? { turn } : {}) });
  return `/api/sessions/${encodeURIComponent(sessionId)}/patch${range.size > 0 ? `?${range}` : ''}`;
}
