import { resultOutputBytes } from '../../protocol/limits.ts';
import type { ProcessOutputInput } from '../../protocol/tools.ts';
import { type Background, find, unknownHandle } from '../background.ts';
import { bell } from '../bell.ts';
import { monotonicMs } from '../clock.ts';
import { callJournal } from '../journal.ts';
import { type OutputFile, outputFile } from '../output.ts';
import { shownOutput } from '../shown-output.ts';
import { refusal, type ToolAnswer } from './tool.ts';

/** Leaves room for the line that says how it stands. */
const pieceBytes = resultOutputBytes - 1024;
const lastWordsBytes = 4 * 1024;

/** What a process in the background has printed, from a byte on or its newest, and how it stands. */
export async function processOutput(
  { handle, offset, waitMs = 0 }: ProcessOutputInput,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const process = find(handle);
  if (!process) return refusal(unknownHandle(handle), 'bad_input');
  const output = outputOf(process);
  if (!output) return refusal(notKept(handle));
  await somethingNew(process, output, { seen: offset ?? output.size(), waitMs, signal });
  return describe(process, output, { from: offset, mostBytes: pieceBytes });
}

/** The last words of a process, and how it ended. */
export function describeProcess(process: Background, { stopped }: { stopped: boolean }): ToolAnswer {
  const output = outputOf(process);
  if (!output) return refusal(notKept(process.handle));
  const answer = describe(process, output, { from: undefined, mostBytes: lastWordsBytes });
  const summary = stopped ? `stopped ${process.handle}` : `${process.handle} had ended before`;
  return { ...answer, summary };
}

const notKept = (handle: string) =>
  `Of ${handle} nothing is kept any more: it ended long ago, or never began`;

function outputOf({ callId }: Background): OutputFile | undefined {
  const journal = callJournal(callId);
  const path = journal.intent()?.bash?.outputPath;
  return path === undefined ? undefined : outputFile(path, `${journal.dir}/dropped`);
}

/** Resolves when there is more than was seen, when the process has ended, when the time is up, or at an abort. */
async function somethingNew(
  { callId }: Background,
  output: OutputFile,
  { seen, waitMs, signal }: { seen: number; waitMs: number; signal: AbortSignal },
): Promise<void> {
  const journal = callJournal(callId);
  const wake = bell();
  const deadlineMs = monotonicMs() + waitMs;
  const timer = setTimeout(() => wake.ring(), waitMs + 1);
  const close = output.onGrowth(() => wake.ring());
  signal.addEventListener('abort', wake.ring, { once: true });
  try {
    for (;;) {
      const woken = wake.listen();
      const isOver = signal.aborted || monotonicMs() >= deadlineMs;
      if (isOver || output.size() > seen || journal.result() !== undefined) return;
      await woken;
    }
  } finally {
    clearTimeout(timer);
    close();
    signal.removeEventListener('abort', wake.ring);
  }
}

function describe(
  { handle, callId, command }: Background,
  output: OutputFile,
  { from, mostBytes }: { from: number | undefined; mostBytes: number },
): ToolAnswer {
  const journal = callJournal(callId);
  const size = output.size();
  const start = from ?? Math.max(0, size - mostBytes);
  const result = journal.result();
  const piece = output.read(start, mostBytes);
  // The rest of a character may still be on its way.
  const whole = result ? piece.data : piece.data.subarray(0, endOfCharacters(piece.data));
  const end = piece.offset + whole.length;
  const startedMs = journal.intent()?.startedMs ?? monotonicMs();
  const state =
    result === undefined
      ? `runs since ${((monotonicMs() - startedMs) / 1000).toFixed(0)} s`
      : result.status === 'finished'
        ? `ended: ${result.summary}`
        : `ended: ${result.reason}`;
  const notes = [
    piece.offset > start && `bytes ${start} to ${piece.offset} are not kept`,
    end < size ? `${size - end} more bytes: offset ${end}` : `go on with offset ${end}`,
  ].filter(Boolean);
  const text = shownOutput(whole);
  const said = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return {
    ok: true,
    summary: `${handle} ${state}`,
    output: `${said}[${handle} (${command}) ${state}; ${notes.join('; ')}]`,
  };
}

/** Where the last whole character ends. */
function endOfCharacters(data: Buffer): number {
  for (let back = 1; back <= Math.min(3, data.length); back++) {
    const byte = data[data.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? data.length - back : data.length;
  }
  return data.length;
}
