import type { ErrorCode } from '@deckhand/sandbox/protocol';
import { type Failure, failure } from '@deckhand/shared';
import type { HandsErrorCode, Lost } from '../hands.ts';

/** Wire errors become local ones here and nowhere else. */
export function failureOf({
  code,
  message,
}: {
  code: ErrorCode | 'broken';
  message: string;
}): Failure<HandsErrorCode> {
  if (code === 'broken') return failure('internal', `The connection to the sandbox broke: ${message}`);
  if (code === 'aborted') return failure('internal', message);
  return failure(code, message);
}

/** A sandbox that is not to be reached any more. Somewhere else it may be, where it was lost and not taken over. */
export const lostAs = (code: Lost['code'], message: string): Lost => ({
  ok: false,
  code,
  message,
  retryable: code === 'sandbox_lost' || code === 'engine_down',
});
