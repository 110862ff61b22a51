import type { ErrorCode } from '@deckhand/sandbox/protocol';
import type { HandsErrorCode } from '../hands.ts';
import { type Failure, failure } from '../result.ts';

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
