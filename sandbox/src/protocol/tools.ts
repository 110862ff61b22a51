import { z } from 'zod';
import { maxBashTimeoutMs, maxProcessWaitMs } from './limits.ts';

/** Relative to the repository root; absolute under /work or /tmp. */
const path = z.string().min(1).max(4096).describe('Path relative to the repository root');
const optionalPath = path.optional();

const encoding = z
  .string()
  .max(40)
  .optional()
  .describe('Of a file that is not UTF-8, where the guess is wrong: Shift_JIS, GBK, ISO-8859-1, …');

export const ReadInput = z.object({
  path,
  encoding,
  offset: z.number().int().min(1).optional().describe('First line to read, counted from 1'),
  limit: z.number().int().min(1).max(10_000).optional().describe('How many lines to read'),
});
export type ReadInput = z.infer<typeof ReadInput>;

export const WriteInput = z.object({
  path,
  content: z.string().max(700_000).describe('The whole new content of the file'),
});
export type WriteInput = z.infer<typeof WriteInput>;

const replacement = {
  old: z.string().min(1).max(300_000).describe('Exact text to replace, whitespace included'),
  new: z.string().max(300_000).describe('Text that takes its place'),
  all: z.boolean().optional().describe('Replace every occurrence instead of the only one'),
};
export const EditInput = z
  .object({
    path,
    old: replacement.old.optional(),
    new: replacement.new.optional(),
    all: replacement.all,
    edits: z
      .array(z.object(replacement))
      .min(1)
      .max(50)
      .optional()
      .describe('Several replacements in place of old and new, one after the other: all are made or none'),
    encoding,
  })
  .refine(
    ({ old, new: fresh, edits }) => (edits === undefined) === (old !== undefined && fresh !== undefined),
    'give either old and new, or edits',
  );
export type EditInput = z.infer<typeof EditInput>;

export const ListInput = z.object({
  path: optionalPath,
  depth: z.number().int().min(1).max(20).optional().describe('How many levels deep; 2 by default'),
});
export type ListInput = z.infer<typeof ListInput>;

export const SearchInput = z.object({
  pattern: z
    .string()
    .min(1)
    .max(10_000)
    .describe('Regular expression (ripgrep; look-around and \\n for several lines are understood)'),
  path: optionalPath,
  glob: z.string().min(1).max(1000).optional().describe('Only files whose path matches, e.g. **/*.ts'),
  ignoreCase: z.boolean().optional(),
  encoding,
  limit: z.number().int().min(1).max(2000).optional().describe('Most matching lines; 200 by default'),
});
export type SearchInput = z.infer<typeof SearchInput>;

export const BashInput = z.object({
  command: z.string().min(1).max(30_000).describe('A bash command line or script'),
  timeoutMs: z.number().int().min(1).max(maxBashTimeoutMs).optional(),
  background: z
    .boolean()
    .optional()
    .describe('Goes on when the call has ended; the answer names a handle for process_output, process_stop'),
});
export type BashInput = z.infer<typeof BashInput>;

/** Names a process in the background, within one sandbox. */
export const ProcessHandle = z.string().regex(/^p[1-9]\d{0,6}$/);
const handle = ProcessHandle.describe('As bash named it: p1');

export const ProcessOutputInput = z.object({
  handle,
  offset: z.number().int().nonnegative().optional().describe('First byte to read; the newest where absent'),
  waitMs: z
    .number()
    .int()
    .min(0)
    .max(maxProcessWaitMs)
    .optional()
    .describe('Wait so long for something new, or for its end'),
});
export type ProcessOutputInput = z.infer<typeof ProcessOutputInput>;

export const ProcessStopInput = z.object({ handle });
export type ProcessStopInput = z.infer<typeof ProcessStopInput>;

export const FetchInput = z.object({
  url: z.string().min(1).max(8_000).describe('http or https'),
});
export type FetchInput = z.infer<typeof FetchInput>;

export const GitDiffInput = z.object({
  path: optionalPath,
  staged: z.boolean().optional().describe('Only what is staged'),
});
export type GitDiffInput = z.infer<typeof GitDiffInput>;

/** Every journalled tool and the input that it takes; `hands` answers bad input with a result a model can read. */
export const toolInputs = {
  read: ReadInput,
  write: WriteInput,
  edit: EditInput,
  list: ListInput,
  search: SearchInput,
  bash: BashInput,
  process_output: ProcessOutputInput,
  process_stop: ProcessStopInput,
  fetch: FetchInput,
  git_diff: GitDiffInput,
} as const;

export const ToolName = z.enum([
  'read',
  'write',
  'edit',
  'list',
  'search',
  'bash',
  'process_output',
  'process_stop',
  'fetch',
  'git_diff',
]);
export type ToolName = z.infer<typeof ToolName>;

/** These change nothing: a crash in the middle of one is answered by running it again. */
export const readOnlyTools: ReadonlySet<ToolName> = new Set([
  'read',
  'list',
  'search',
  'process_output',
  'fetch',
  'git_diff',
]);

/** Also a directory name of the journal. */
export const CallId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);

export const CallRequest = z.object({ callId: CallId, tool: ToolName, input: z.unknown() });
export type CallRequest = z.infer<typeof CallRequest>;
