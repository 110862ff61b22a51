import { z } from 'zod';
import { CallId } from './tools.ts';

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
  failure: FailureKind.optional(),
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
