import { setTimeout as delay } from 'node:timers/promises';
import type { JournalOutcome } from '../protocol/outcome.ts';
import type { BashInput } from '../protocol/tools.ts';
import { register } from './background.ts';
import { shownEnds } from './bash-outcome.ts';
import { monotonicMs } from './clock.ts';
import { callJournal, type StopReason } from './journal.ts';
import type { Running } from './running.ts';
import { finished, refusal, type ToolAnswer } from './tools/tool.ts';

/** What cannot start at all ends sooner, and is told as any command that ended. */
const settledMs = 1_000;

const tooMany =
  'As many processes as may run in the background already. End one with process_stop, or run this without background.';

/**
 * Starts a command that goes on when the call has ended, under a call of its own, which `start` begins or joins. Asked
 * again after a crash it finds the same process.
 */
export function startInBackground(
  callId: string,
  input: BashInput,
  start: (callId: string) => Running,
): Pick<Running, 'outcome' | 'stop'> {
  const startedMs = monotonicMs();
  const answered = (answer: ToolAnswer) => finished(callId, answer, monotonicMs() - startedMs);
  const journal = callJournal(callId);
  const begun = register(callId, input);
  if (!begun) return { outcome: Promise.resolve(answered(refusal(tooMany))), stop: () => {} };
  const { handle, callId: own } = begun;
  const stopped = journal.stopReason();
  // Said before it was sent, or between two attempts to send it.
  if (stopped) callJournal(own).writeStopReason(stopped);
  journal.writeIntent({ tool: 'bash', startedMs, background: { callId: own, handle } });
  const running = start(own);
  const outcome = async (): Promise<JournalOutcome> => {
    const end = await Promise.race([running.outcome, delay(settledMs, undefined, { ref: false })]);
    if (end) return { ...end, callId };
    const { text, truncated } = running.output ? shownEnds(running.output) : { text: '', truncated: false };
    const summary = `runs in the background as ${handle}`;
    const output = `${text === '' || text.endsWith('\n') ? text : `${text}\n`}[${summary}]`;
    const told = answered({ ok: true, summary, output, background: handle });
    return { ...told, truncated: told.truncated || truncated };
  };
  return { outcome: outcome(), stop: (reason: StopReason) => running.stop(reason) };
}
