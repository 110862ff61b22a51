import type { Params, Value } from '../../protocol/methods.ts';
import { runningInBackground } from '../background.ts';
import type { Calls } from '../calls.ts';
import { callJournal } from '../journal.ts';
import { outputFile } from '../output.ts';
import { endProcesses, environmentOf, listProcesses, type Process } from '../processes.ts';
import { MethodError } from '../stream.ts';

export function output({ callId, offset, limit }: Params<'output'>): Value<'output'> {
  const asked = callJournal(callId);
  const behind = asked.intent()?.background;
  const journal = behind ? callJournal(behind.callId) : asked;
  const path = journal.intent()?.bash?.outputPath;
  if (path) {
    const file = outputFile(path, `${journal.dir}/dropped`);
    const piece = file.read(offset, limit);
    return { offset: piece.offset, data: piece.data.toString('base64'), outputBytes: file.size() };
  }
  const result = journal.result();
  if (result?.status !== 'finished') throw new MethodError('not_found', `nothing is known of call ${callId}`);
  const text = Buffer.from(result.output, 'utf8');
  return { offset, data: text.subarray(offset, offset + limit).toString('base64'), outputBytes: text.length };
}

export const processes = (): Value<'processes'> => ({
  running: runningInBackground().map(({ handle, command }) => ({ handle, command })),
});

/** Leaves PID 1, ourselves, and the bridges and forwarder, which are socat processes outside of any call. */
export async function killAll(calls: Calls): Promise<Value<'killAll'>> {
  await calls.cancelAll();
  const inCall = ({ pid }: Process) =>
    environmentOf(pid).some(entry => entry.startsWith('DECKHAND_CALL_ID='));
  const isOurs = (found: Process) =>
    found.pid === 1 ||
    found.pid === process.pid ||
    ((found.name === 'socat' || found.parent === 0) && !inCall(found));
  return { killed: await endProcesses(() => listProcesses().filter(found => !isOurs(found))) };
}
