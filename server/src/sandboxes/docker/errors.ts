import { type Failure, failure } from '@deckhand/shared';

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EACCES',
  // Nobody else aborts requests: it was silent for too long.
  'ABORT_ERR',
]);

export const statusOf = (error: unknown): number | undefined =>
  Error.isError(error) && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;

/** The engine did not answer at all: nothing is known of what it was asked about. */
export const isEngineDown = (error: unknown): boolean =>
  Error.isError(error) &&
  (('code' in error && unreachable.has(String(error.code))) || error.message.includes('socket hang up'));

/** Errors of the engine as data. What is no error of the engine is a bug, and thrown. */
export function engineFailure(error: unknown): Failure {
  if (isEngineDown(error))
    return failure('engine_down', 'The Docker engine does not answer; start it and try again.');
  const status = statusOf(error);
  if (status === undefined) throw error;
  const words = Error.isError(error) ? error.message : String(error);
  if (/no space left on device/i.test(words)) {
    return failure('disk_full', "The engine's disk is full; free some with: docker system prune");
  }
  if (status === 404) return failure('not_found', words);
  return failure('internal', `The engine answers: ${words}`);
}

/** For what may be gone already. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
