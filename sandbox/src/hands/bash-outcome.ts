import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { FailureKind, Finished } from '../protocol/outcome.ts';
import { monotonicMs } from './clock.ts';
import { fit } from './fit.ts';
import type { Intent } from './journal.ts';
import { outOfMemoryKills } from './memory.ts';
import type { OutputFile } from './output.ts';
import { diskDir } from './places.ts';
import { shownOutput } from './shown-output.ts';

export type BashEnd =
  | { how: 'exited'; code: number }
  | { how: 'killed'; why: 'stopped' | 'timed_out' }
  | { how: 'never_started'; why: 'stopped' | 'timed_out' | 'no_process' };

export type BashIntent = Intent & { bash: NonNullable<Intent['bash']> };
export type BashCall = { callId: string; intent: BashIntent; output: OutputFile };

/** What is told of a command that ended. */
export function bashOutcome({ callId, intent, output }: BashCall, end: BashEnd): Finished {
  const outputBytes = output.size();
  const { text, truncated } = shownEnds(output);
  const durationMs = Math.round(monotonicMs() - intent.startedMs);
  const failure = failureOf(end, { intent, lastWords: text });
  const signal = end.how === 'exited' ? signalOf(end.code) : undefined;
  return {
    callId,
    status: 'finished',
    ok: failure === undefined,
    summary: summaryOf(end, { failure, signal, durationMs, lastWords: text }),
    output: text,
    truncated,
    outputBytes,
    durationMs,
    ...(end.how === 'exited' ? { exitCode: end.code } : {}),
    ...(signal ? { signal } : {}),
    ...(failure ? { failure } : {}),
  };
}

/** Of each end so much is looked at: what progress bars write over is more than what is left of it. */
const lookedAtBytes = 128 * 1024;

/** What is told of an output: head and tail, as text. */
export function shownEnds(output: OutputFile): { text: string; truncated: boolean } {
  const outputBytes = output.size();
  const part = (from: number) => Buffer.from(shownOutput(output.read(from, lookedAtBytes).data));
  const head = part(0);
  if (outputBytes <= lookedAtBytes) return fit(head, head, head.length);
  const tailAt = Math.max(lookedAtBytes, outputBytes - lookedAtBytes);
  const tail = part(tailAt);
  const between = tailAt - lookedAtBytes;
  const whole = between === 0 ? Buffer.concat([head, tail]) : tail;
  return fit(head, whole, head.length + between + tail.length);
}

/** Less than this free after a command failed: it failed for that. Where it complained of space, less than the other. */
const fullBelowBytes = 256 * 1024;
const nearlyFullBelowBytes = 8 * 1024 * 1024;
const killedCode = 137;
/** A shell tells a child's death by a signal as 128 and the signal's number. */
const signalBase = 128;

const signalOf = (code: number): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number === code - signalBase)?.[0];

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

/** What programs say that want somebody to sit there. */
const wantsTerminal =
  /\bnot (?:to |from |in )?an? (?:interactive )?(?:tty|terminal)\b|inappropriate ioctl for device|\/dev\/tty\b|(?:failed|cannot|can't|unable to) (?:tty get|(?:get|open) (?:the )?(?:tty|terminal))|(?:requires|needs|without) an? (?:tty|terminal|interactive)|terminal prompts disabled|EOFError: EOF when reading a line/i;
const noTerminal =
  'it wanted a terminal or an answer, and there is neither: use its options that ask nothing (--yes, -m, --no-edit)';

type About = {
  failure: FailureKind | undefined;
  signal: string | undefined;
  durationMs: number;
  lastWords: string;
};

function summaryOf(end: BashEnd, { failure, signal, durationMs, lastWords }: About): string {
  const after = `after ${(durationMs / 1000).toFixed(1)} s`;
  if (end.how === 'killed') {
    if (end.why === 'stopped') return `stopped ${after}`;
    return `timed out ${after}; what does not end by itself is run with background: true`;
  }
  if (end.how === 'never_started') {
    return end.why === 'no_process'
      ? 'not started: the sandbox has no process slot left'
      : 'stopped before it began';
  }
  const code = signal ? `ended by ${signal} (exit code ${end.code})` : `exit code ${end.code}`;
  if (failure === 'disk_full') return `${code}: the sandbox's disk is full`;
  if (failure === 'out_of_memory') return `${code}: out of memory`;
  const hint = end.code !== 0 && wantsTerminal.test(lastWords) ? `; ${noTerminal}` : '';
  return `${code} ${after}${hint}`;
}
