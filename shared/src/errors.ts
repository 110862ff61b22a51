import { z } from 'zod';

/** Every code a command can answer with: its HTTP status, and whether the same command may succeed later unchanged. */
export const errorTable = {
  bad_request: { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  not_found: { status: 404, retryable: false },
  request_conflict: { status: 409, retryable: false },
  turn_over: { status: 409, retryable: false },
  cursor_ahead: { status: 409, retryable: false },
  too_large: { status: 413, retryable: false },
  repo_unknown: { status: 422, retryable: false },
  repo_unreachable: { status: 502, retryable: true },
  protocol_unsupported: { status: 426, retryable: false },
  queue_full: { status: 429, retryable: true },
  rate_limited: { status: 429, retryable: true },
  model_key: { status: 502, retryable: false },
  model_unavailable: { status: 503, retryable: true },
  /** The model, or a filter of its provider, will not answer this. */
  model_refused: { status: 422, retryable: false },
  /** What the model was to read is longer than its window. */
  context_too_long: { status: 413, retryable: false },
  engine_down: { status: 503, retryable: true },
  store_down: { status: 503, retryable: true },
  sandbox_lost: { status: 503, retryable: true },
  disk_full: { status: 507, retryable: false },
  closing: { status: 503, retryable: true },
  internal: { status: 500, retryable: true },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof errorTable;
export const ErrorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** A failure on the wire: `message` says what happened and what to do, for people. */
export const WireError = z.object({ code: ErrorCode, message: z.string(), retryable: z.boolean() });
export type WireError = z.infer<typeof WireError>;

export type Failure<Code extends string = ErrorCode> = {
  ok: false;
  code: Code;
  message: string;
  retryable: boolean;
};
/** Expected failure is data. `Code`: where more can go wrong than the contract has words for. */
export type Result<T extends object = object, Code extends string = ErrorCode> =
  | ({ ok: true } & T)
  | Failure<Code>;

/** An expected failure, as data. */
export function failure<Code extends ErrorCode>(code: Code, message: string): Failure<Code> {
  return { ok: false, code, message, retryable: errorTable[code].retryable };
}

/** A failure where only throwing fits (inside a stream, a transaction, a library's callback); doors turn it back into data. */
export class DeckhandError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeckhandError';
    this.code = code;
  }
  toFailure(): Failure {
    return failure(this.code, this.message);
  }
}

/** A code that we do not know yet costs nobody the end of a turn: its sentence says what happened. */
export const TurnError = z.object({ code: ErrorCode.catch('internal'), message: z.string() });
