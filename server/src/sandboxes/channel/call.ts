import { StringDecoder } from 'node:string_decoder';
import type { CallRequest } from '@deckhand/sandbox/protocol';
import type { CallOptions, CallOutcome } from '../hands.ts';
import type { LinkKeeper } from './keeper.ts';
import type { Link } from './link.ts';

/**
 * Asks until there is an answer: the journal makes asking again safe, and output goes on where it broke off. A stop
 * that was given before anything was sent runs nothing; later ones reach the call even where a link breaks meanwhile.
 */
export async function callOnce(
  keeper: LinkKeeper,
  request: CallRequest,
  options: CallOptions,
): Promise<CallOutcome> {
  const { callId } = request;
  const { signal } = options;
  const output = outputReader(options.onOutput);
  let current: Link | undefined;
  const cancel = () => void current?.request('cancel', { callId });
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    while (true) {
      const link = await keeper.ready();
      if ('code' in link) return { status: 'lost', callId, code: link.code, message: link.message };
      current = link;
      // First the stop, then the call: what has not begun by now does not begin at all.
      if (signal?.aborted) cancel();
      const asked = link.request(
        'call',
        { ...request, outputFrom: output.next() },
        ({ data, offset = 0 }) => {
          output.take(data, offset);
          asked.grant(data.length);
        },
      );
      const answer = await asked.answer;
      if (answer.ok) {
        output.end();
        return answer.value;
      }
      if (answer.code !== 'broken') return { callId, status: 'unknown', reason: answer.message };
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Text from bytes that may be cut anywhere. */
function outputReader(onOutput: CallOptions['onOutput']) {
  let decoder = new StringDecoder('utf8');
  let next = 0;
  return {
    next: () => next,
    take: (data: Buffer, offset: number) => {
      if (offset !== next) decoder = new StringDecoder('utf8');
      next = offset + data.length;
      const text = decoder.write(data);
      if (text) onOutput?.({ offset, text });
    },
    end: () => {
      const text = decoder.end();
      if (text) onOutput?.({ offset: next, text });
    },
  };
}
