import { statfsSync } from 'node:fs';
import type { FailureKind, Finished } from '../protocol/outcome.ts';
import { monotonicMs } from './clock.ts';
import { fit, fitHeadBytes, fitTailBytes } from './fit.ts';
import type { Intent } from './journal.ts';
import { outOfMemoryKills } from './memory.ts';
import type { OutputFile } from './output.ts';
import { diskDir } from './places.ts';

export type BashEnd =
  | { how: 'exited'; code: number }
  | { how: 'killed'; why: 'stopped' | 'timed_out' }
  | { how: 'never_started'; why: 'stopped' | 'timed_out' | 'no_process' };

export type BashIntent = Intent & { bash: NonNullable<Intent['bash']> };
export type BashCall = { callId: string; intent: BashIntent; output: OutputFile };

/** What is told of a command that ended. */
export function bashOutcome({ callId, intent, output }: BashCall, end: BashEnd): Finished {
  const outputBytes = output.size();
  const head = output.read(0, fitHeadBytes).data;
  const tail = output.read(Math.max(0, outputBytes - fitTailBytes), fitTailBytes).data;
  const { text, truncated } = fit(head, tail, outputBytes);
  const durationMs = Math.round(monotonicMs() - intent.startedMs);
  const failure = failureOf(end, { intent, lastWords: text });
  return {
    callId,
    status: 'finished',
    ok: failure === undefined,
    summary: summaryOf(end, failure, durationMs),
    output: text,
    truncated,
    outputBytes,
    durationMs,
    ...(end.how === 'exited' ? { exitCode: end.code } : {}),
    ...(failure ? { failure } : {}),
  };
}

/** Less than this free after a command failed: it failed for that. Where it complained of space, less than the other. */
const fullBelowBytes = 256 * 1024;
const nearlyFullBelowBytes = 8 * 1024 * 1024;
const killedCode = 137;

function failureOf(
  end: BashEnd,
  { intent, lastWords }: { intent: BashIntent; lastWords: string },
): FailureKind | undefined {
  if (end.how !== 'exited') return end.why === 'no_process' ? 'failed' : end.why;
  if (end.code === 0) return undefined;
  if (end.code === killedCode && outOfMemoryKills() > intent.bash.oomKills) return 'out_of_memory';
  const { bavail, bsize } = statfsSync(diskDir);
  const complained = /no space left on device|ENOSPC/i.test(lastWords);
  return bavail * bsize < (complained ? nearlyFullBelowBytes : fullBelowBytes) ? 'disk_full' : 'failed';
}

function summaryOf(end: BashEnd, failure: FailureKind | undefined, durationMs: number): string {
  const after = `after ${(durationMs / 1000).toFixed(1)} s`;
  if (end.how === 'killed') return end.why === 'stopped' ? `stopped ${after}` : `timed out ${after}`;
  if (end.how === 'never_started') {
    return end.why === 'no_process'
      ? 'not started: the sandbox has no process slot left'
      : 'stopped before it began';
  }
  if (failure === 'disk_full') return `exit code ${end.code}: the sandbox's disk is full`;
  if (failure === 'out_of_memory') return `exit code ${end.code}: out of memory`;
  return `exit code ${end.code} ${after}`;
}
