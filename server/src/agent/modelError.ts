import type { ErrorCode } from '@deckhand/shared';
import { APICallError } from 'ai';

/** Why a model call gave no whole answer, and whether asking again may help. */
export class ModelFailure extends Error {
  override name = 'ModelFailure';
  readonly code: ErrorCode;
  readonly retry: boolean;
  readonly retryAfterMs: number | undefined;
  constructor(
    code: ErrorCode,
    message: string,
    options: { retry: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retry = options.retry;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What a provider threw, as a failure with a sentence for people. Quotes no headers: they carry the key. */
export function toModelFailure(error: unknown): ModelFailure {
  if (error instanceof ModelFailure) return error;
  if (!APICallError.isInstance(error)) {
    const reason = error instanceof Error ? error.message : 'no reason given';
    return new ModelFailure('model_unavailable', `The model's answer broke off: ${reason.slice(0, 200)}`, {
      retry: true,
      cause: error,
    });
  }
  const status = error.statusCode;
  const said = error.message.slice(0, 300);
  // A connection that is cut in the middle of an answer is reported with the status that the answer began with.
  if (status !== undefined && status < 300)
    return new ModelFailure('model_unavailable', `The model's answer broke off: ${said}`, {
      retry: true,
      cause: error,
    });
  if (status === 401 || status === 403)
    return new ModelFailure('model_key', `The model refused the key (${status}). Check OPENAI_API_KEY.`, {
      retry: false,
      cause: error,
    });
  if (status === 429 || status === undefined || status >= 500 || status === 408) {
    const what = status === undefined ? 'cannot be reached' : `answered ${status}`;
    return new ModelFailure('model_unavailable', `The model ${what}: ${said}`, {
      retry: true,
      retryAfterMs: retryAfterMs(error.responseHeaders),
      cause: error,
    });
  }
  return new ModelFailure(
    'model_unavailable',
    `The model refused the request (${status}): ${said} Check DECKHAND_MODEL and OPENAI_BASE_URL.`,
    { retry: false, cause: error },
  );
}

/** A server that names an hour is not waited for longer than this. */
const longestWaitMs = 60_000;

function retryAfterMs(headers: Record<string, string> | undefined): number | undefined {
  const exact = Number(headers?.['retry-after-ms']);
  if (exact > 0) return Math.min(exact, longestWaitMs);
  const seconds = Number(headers?.['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1000, longestWaitMs) : undefined;
}
