import { APICallError } from 'ai';

/** What a model's server says is wrong. `status` is HTTP's, of the answer or of the error inside it; `code` may be ''. */
export type Complaint = { status: number | undefined; code: string; said: string };

const saidChars = 300;

/** Whatever came instead of an answer: an error of the SDK, or the error object of a stream that began well. */
export function complaintOf(error: unknown): Complaint {
  if (APICallError.isInstance(error)) {
    const inside = errorObject(error.data) ?? errorObject(parsed(error.responseBody));
    const code = inside ? codeOf(inside) : '';
    const said = inside ? messageOf(inside) : undefined;
    return { status: error.statusCode, code, said: words(said ?? error.message) };
  }
  const inside = errorObject(error);
  if (inside) return { status: statusOf(inside), code: codeOf(inside), said: words(messageOf(inside)) };
  return { status: undefined, code: '', said: words(error instanceof Error ? error.message : undefined) };
}

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

/** `{error: {…}}`, `{response: {error: {…}}}`, `[{error: {…}}]`, or the error itself. */
function errorObject(value: unknown): Fields | undefined {
  // Gemini sends a list of one.
  const given = fields(Array.isArray(value) ? value[0] : value);
  if (!given) return undefined;
  if (typeof given.error === 'string') return { ...given, message: given.error };
  const inside = fields(given.error) ?? fields(fields(given.response)?.error);
  if (inside) return { ...given, ...inside };
  if (given instanceof Error) return fields((given as Error & { data?: unknown }).data);
  return typeof given.message === 'string' ? given : undefined;
}

function messageOf(error: Fields): string | undefined {
  // OpenRouter wraps what the provider behind it said.
  const raw = fields(error.metadata)?.raw;
  const message = typeof error.message === 'string' ? error.message : undefined;
  return typeof raw === 'string' ? `${message ?? ''} ${raw}` : message;
}

const codeOf = ({ code, type, status }: Fields): string =>
  [code, type, status].filter(value => typeof value === 'string').join(' ');

/** Errors in a stream carry a status of their own, or a word that stands for one. */
function statusOf(error: Fields): number | undefined {
  for (const value of [error.code, error.status, error.statusCode])
    if (/^[45]\d\d$/.test(String(value))) return Number(value);
  const code = codeOf(error);
  const [, status] = wordsOfStatus.find(([word]) => word.test(code)) ?? [];
  return status;
}

const wordsOfStatus: [RegExp, number][] = [
  [/rate_limit|too_many|RESOURCE_EXHAUSTED|throttl/i, 429],
  [/authentication|invalid_api_key|UNAUTHENTICATED/i, 401],
  [/permission/i, 403],
  [/not_found/i, 404],
  [/overloaded|unavailable/i, 503],
  [/timeout|DEADLINE/i, 504],
  [/server_error|api_error|INTERNAL/i, 500],
  [/invalid_request|invalid_prompt|INVALID_ARGUMENT|bad_request/i, 400],
];

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** One line without markup: a gateway answers with a page. */
function words(message: string | undefined): string {
  const line = (message ?? '')
    .replaceAll(/<(script|style)[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line === '' ? 'no reason given' : line.slice(0, saidChars);
}
