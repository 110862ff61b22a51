import type { ClientFailure, ClientResult } from '@deckhand/shared/client';

/** A command's end: the failure, as a sentence. */
export class CommandFailed extends Error {
  readonly code: ClientFailure['code'];
  constructor({ code, message }: ClientFailure) {
    super(message);
    this.code = code;
  }
}

/** What was asked for. Throws CommandFailed. */
export function must<T extends object>(result: ClientResult<T>): T {
  if (result.ok) return result;
  throw new CommandFailed(result);
}
