import { describe, expect, test } from '@jest/globals';
import { APICallError } from 'ai';
import { toModelFailure } from './modelError.ts';
import { retryAfterMs } from './retryAfter.ts';

const answered = (statusCode: number, body: unknown, message = 'Bad Request') =>
  new APICallError({
    message,
    url: 'http://model',
    requestBodyValues: {},
    statusCode,
    responseBody: typeof body === 'string' ? body : JSON.stringify(body),
  });
const error = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe('what no longer fits the window', () => {
  test.each([
    ['OpenAI', 400, error('Your input exceeds the context window of this model.', { code: 'x' })],
    ['OpenAI, by its code', 400, error('Too much.', { code: 'context_length_exceeded' })],
    ['vLLM', 400, error("This model's maximum context length is 8192 tokens. However, you requested 9000")],
    ['llama.cpp', 400, error('the request exceeds the available context size, try increasing it')],
    ['Ollama', 500, error('input length exceeds maximum context length')],
    ['Anthropic', 400, error('prompt is too long: 210000 tokens > 200000 maximum')],
    ['Gemini', 400, [error('The input token count (1100000) exceeds the maximum number of tokens allowed')]],
    [
      'OpenRouter',
      400,
      error('Provider returned error', { metadata: { raw: 'maximum context length is 1' } }),
    ],
    ['Bedrock', 413, { message: 'Input is too long for requested model. The prompt is too long.' }],
  ])('%s', (_, status, body) => {
    expect(toModelFailure(answered(status, body))).toMatchObject({ code: 'context_too_long', retry: false });
  });

  test('in the middle of a stream', () => {
    const inside = error('Too much.', { code: 'context_length_exceeded', type: 'invalid_request_error' });
    expect(toModelFailure(inside)).toMatchObject({ code: 'context_too_long', retry: false });
  });

  test('a limit of tokens a minute passes', () => {
    const limit = error('Request too large: maximum tokens per min', { code: 'rate_limit_exceeded' });
    expect(toModelFailure(answered(429, limit))).toMatchObject({ code: 'model_unavailable', retry: true });
  });
});

test.each([
  [429, error('You exceeded your current quota.', { code: 'insufficient_quota' })],
  [402, error('Insufficient Balance')],
  [400, error('Your credit balance is too low to access the Anthropic API.')],
])('an account without credit fails at once (%i)', (status, body) => {
  const failure = toModelFailure(answered(status, body), { key: 'ANTHROPIC_API_KEY' });
  expect(failure).toMatchObject({ code: 'model_key', retry: false });
  expect(failure.message).toContain('ANTHROPIC_API_KEY');
});

test.each([
  [error('Overloaded', { type: 'overloaded_error' }), true],
  [error('Slow down', { code: 429 }), true],
  [error('Quota', { status: 'RESOURCE_EXHAUSTED', code: 429 }), true],
  [error('upstream broke'), true],
  [error('Bad tool schema', { code: 400 }), false],
  [error('No such key', { type: 'authentication_error' }), false],
])('an error inside a stream is taken at its word: %j', (inside, retry) => {
  expect(toModelFailure(inside).retry).toBe(retry);
});

test('a page of a gateway is not quoted with its markup', () => {
  const page = '<html><head><style>b{}</style></head><body><h1>502 Bad Gateway</h1></body></html>';
  const failure = toModelFailure(answered(502, page, page));
  expect(failure.message).toBe('The model answered 502: 502 Bad Gateway');
  expect(failure.retry).toBe(true);
});

test('retry-after: seconds, milliseconds, a date, and never longer than a minute', () => {
  const nowMs = Date.parse('2026-11-27T12:00:00Z');
  expect(retryAfterMs({ 'retry-after': '2' }, nowMs)).toBe(2_000);
  expect(retryAfterMs({ 'retry-after-ms': '15' }, nowMs)).toBe(15);
  expect(retryAfterMs({ 'retry-after': 'Fri, 27 Nov 2026 12:00:07 GMT' }, nowMs)).toBe(7_000);
  expect(retryAfterMs({ 'retry-after': 'Fri, 27 Nov 2026 13:00:00 GMT' }, nowMs)).toBe(60_000);
  expect(retryAfterMs({ 'retry-after': 'Fri, 27 Nov 2026 11:00:00 GMT' }, nowMs)).toBeUndefined();
  expect(retryAfterMs({ 'retry-after': 'soon' }, nowMs)).toBeUndefined();
});
