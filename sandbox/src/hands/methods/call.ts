import { chunkBytes } from '../../protocol/limits.ts';
import type { Params, Value } from '../../protocol/methods.ts';
import { bell } from '../bell.ts';
import type { Calls } from '../calls.ts';
import type { OutputFile } from '../output.ts';
import type { MethodStream } from '../stream.ts';

/** Joins or begins a call and follows its output. A connection that breaks leaves the call running. */
export async function call(
  calls: Calls,
  params: Params<'call'>,
  stream: MethodStream,
): Promise<Value<'call'>> {
  const running = calls.call(params);
  if (running.output) await follow(running.output, running.outcome, { from: params.outputFrom ?? 0, stream });
  return running.outcome;
}

type Reader = { from: number; stream: MethodStream };

/** Sends output as it grows, to the end. A reader slower than the command misses its middle, never its end. */
async function follow(
  output: OutputFile,
  outcome: Promise<unknown>,
  { from, stream }: Reader,
): Promise<void> {
  const wake = bell();
  let over = false;
  const end = () => {
    over = true;
    wake.ring();
  };
  outcome.then(end, end);
  stream.signal.addEventListener('abort', end, { once: true });
  const close = output.onGrowth(wake.ring);
  try {
    for (let offset = from; ; ) {
      const grown = wake.listen();
      const wasOver = over;
      for (
        let piece = output.read(offset, chunkBytes);
        piece.data.length > 0;
        piece = output.read(offset, chunkBytes)
      ) {
        if (!(await stream.ready())) return;
        offset = piece.offset + stream.sendSome(piece.data, { offset: piece.offset });
      }
      if (wasOver) return;
      if (!over) await grown;
    }
  } finally {
    close();
  }
}
