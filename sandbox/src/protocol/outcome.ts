import { z } from 'zod';
import { CallId, ProcessHandle } from './tools.ts';

/** Why a finished call is not ok, where a program rather than a person must tell. */
export const FailureKind = z.enum([
  'bad_input',
  'disk_full',
  'stopped',
  'timed_out',
  'out_of_memory',
  'failed',
]);
export type FailureKind = z.infer<typeof FailureKind>;

/** A file that is looked at rather than read as text, as the runtime takes it by its first bytes. */
export const Shown = z.object({ path: z.string().min(1).max(4096), bytes: z.number().int().nonnegative() });
export type Shown = z.infer<typeof Shown>;

export const Finished = z.object({
  callId: CallId,
  status: z.literal('finished'),
  ok: z.boolean(),
  /** One short line for people. */
  summary: z.string().max(32 * 1024),
  /** Head and tail, at most 16 KiB, with a line that says how much was cut. */
  output: z.string().max(64 * 1024),
  truncated: z.boolean(),
  /** Bytes of the whole output, whether kept or not. */
  outputBytes: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative().max(1e12),
  exitCode: z.number().int().min(0).max(255).optional(),
  /** What the command was ended by, as its exit code tells: `SIGKILL`. */
  signal: z
    .string()
    .regex(/^SIG[A-Z0-9]{1,12}$/)
    .optional(),
  failure: FailureKind.optional(),
  /** The command goes on in the background under this handle. */
  background: ProcessHandle.optional(),
  shown: Shown.optional(),
});
export type Finished = z.infer<typeof Finished>;

/** It may or may not have run: it is never run again on its own, and the model is told. */
export const Unknown = z.object({
  callId: CallId,
  status: z.literal('unknown'),
  reason: z.string().max(32 * 1024),
});
export type Unknown = z.infer<typeof Unknown>;

export const JournalOutcome = z.discriminatedUnion('status', [Finished, Unknown]);
export type JournalOutcome = z.infer<typeof JournalOutcome>;
