import type { ErrorCode } from '@deckhand/shared';
import { APICallError } from 'ai';
import { type Complaint, complaintOf } from './modelComplaint.ts';
import { retryAfterMs } from './retryAfter.ts';

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

/** What a person looks at where a model does not answer: the names of the variables that it is configured by. */
export type ModelSettings = { key: string; address?: string };

/** Of a model that says nothing else. */
const openaiSettings: ModelSettings = { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' };

/** What a provider threw or sent as an error, as a failure with a sentence for people. Quotes no headers: they carry the key. */
export function toModelFailure(error: unknown, settings: ModelSettings = openaiSettings): ModelFailure {
  const known = knownFailure(error);
  if (known) return known;
  const complaint = complaintOf(error);
  const again = APICallError.isInstance(error) ? retryAfterMs(error.responseHeaders) : undefined;
  return judge(complaint, settings, { retryAfterMs: again, cause: error });
}

/** What the way to the server found out itself; the SDK wraps it. */
function knownFailure(error: unknown, depth = 0): ModelFailure | undefined {
  if (error instanceof ModelFailure) return error;
  return error instanceof Error && depth < 5 ? knownFailure(error.cause, depth + 1) : undefined;
}

function judge(
  { status, code, said }: Complaint,
  { key, address }: ModelSettings,
  more: { retryAfterMs: number | undefined; cause: unknown },
): ModelFailure {
  const final = (failed: ErrorCode, message: string) =>
    new ModelFailure(failed, message, { retry: false, cause: more.cause });
  if (tooLong(status, code, said))
    return final('context_too_long', `What the model was to read is longer than its window: ${said}`);
  if (outOfCredit(status, code, said))
    return final('model_key', `The account of ${key} has nothing left to pay the model with: ${said}`);
  if (status === 401 || status === 403)
    return final('model_key', `The model refused the key (${status}). Check ${key}.`);
  if (/content_?filter|content_policy|safety/i.test(code) || /content management policy/i.test(said))
    return final('model_refused', `The model's provider does not let it answer this: ${said}`);
  // A connection that is cut in the middle of an answer is reported with the status that the answer began with.
  if (status === undefined || status < 300) {
    const unreached = status === undefined && APICallError.isInstance(more.cause);
    const what = unreached ? 'The model cannot be reached' : "The model's answer broke off";
    return new ModelFailure('model_unavailable', `${what}: ${said}`, { retry: true, ...more });
  }
  if (status === 429 || status >= 500 || status === 408 || status === 409)
    return new ModelFailure('model_unavailable', `The model answered ${status}: ${said}`, {
      retry: true,
      ...more,
    });
  const where = address ? `DECKHAND_MODEL and ${address}` : 'DECKHAND_MODEL';
  return final('model_unavailable', `The model refused the request (${status}): ${said} Check ${where}.`);
}

/** The words of OpenAI, Azure, Anthropic, Gemini, Bedrock, vLLM, Ollama, llama.cpp and OpenRouter. */
const tooLongWords = [
  /context[ _-]?(length|window|size)/i,
  /(prompt|input|request|messages?) (is |are )?too long/i,
  /(input|prompt) (token count|tokens?|length).{0,60}exceed/i,
  /exceeds? the (available|maximum|model's).{0,30}(context|tokens|input)/i,
  /maximum (number of )?(input )?tokens/i,
];

function tooLong(status: number | undefined, code: string, said: string): boolean {
  if (code.includes('context_length_exceeded')) return true;
  // A limit of tokens a minute is worded alike, and passes.
  if (status !== undefined && ![200, 400, 413, 422, 500].includes(status)) return false;
  if (/rate_limit/i.test(code)) return false;
  return tooLongWords.some(words => words.test(said));
}

const outOfCredit = (status: number | undefined, code: string, said: string) =>
  status === 402 ||
  /insufficient_quota|billing|insufficient_(balance|credits|funds)/i.test(code) ||
  /insufficient (quota|balance|credits|funds)|credit balance is too low|exceeded your current quota, please check your plan/i.test(
    said,
  );
