import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { askOverWire, type Over, wireTimeouts } from '../../../test/helpers/askOverWire.ts';
import {
  chunk,
  doneLine,
  type RawModelServer,
  startRawModelServer,
  status,
  stop,
  stream,
} from '../../../test/helpers/rawModelServer.ts';
import { closedDoor, warmPath } from '../warmPath.ts';
import { openModel } from './models.ts';

/** Answers as real servers send them, over a real connection. */
let server: RawModelServer;
beforeAll(async () => {
  server = await startRawModelServer();
});
afterAll(() => server.close());

const ask = (name?: string, over?: Over) => askOverWire(server.url, name, over);
const callsOf = async (...args: Parameters<typeof ask>) =>
  (await ask(...args)).calls.map(({ tool, input, invalid }) => ({ tool, input, invalid }));

const ls = { tool: 'bash', input: { command: 'ls' }, invalid: undefined };
const head = { id: 'call_1', type: 'function', function: { name: 'bash', arguments: '' } };
const rest = (text: string) => ({ function: { arguments: text } });

describe('calls in chunks of Chat Completions', () => {
  test('without a place: two calls, one after the other', async () => {
    server.reply(
      stream(
        chunk({ tool_calls: [head] }),
        chunk({ tool_calls: [rest('{"comma')] }),
        chunk({ tool_calls: [rest('nd":"ls"}')] }),
        chunk({ tool_calls: [{ ...head, id: 'call_2', function: { name: 'read', arguments: '{"pa' } }] }),
        chunk({ tool_calls: [{ id: 'call_2', ...rest('th":"a"}') }] }),
        stop('tool_calls'),
        doneLine,
      ),
    );
    expect(await callsOf()).toMatchObject([ls, { tool: 'read', input: { path: 'a' }, invalid: undefined }]);
  });

  test('with an empty type, an empty role and empty names in what follows', async () => {
    const more = { index: 0, type: '', id: '', function: { name: '', arguments: '{"command":"ls"}' } };
    server.reply(
      stream(
        chunk({ role: '', content: null, tool_calls: [{ ...head, index: 0, type: '' }] }),
        chunk({ role: '', tool_calls: [more] }),
        stop('tool_calls'),
        doneLine,
      ),
    );
    expect(await callsOf()).toEqual([ls]);
  });

  test('with arguments as an object', async () => {
    const call = { ...head, index: 0, function: { name: 'bash', arguments: { command: 'ls' } } };
    server.reply(stream(chunk({ tool_calls: [call] }), stop('tool_calls'), doneLine));
    expect(await callsOf()).toEqual([ls]);
  });

  test('with `choices: null`, `delta: null` and `tool_calls: null` around it', async () => {
    server.reply(
      stream(
        { id: 'c', choices: null },
        chunk({
          tool_calls: [{ ...head, index: 0, function: { name: 'bash', arguments: '{"command":"ls"}' } }],
        }),
        chunk(null),
        chunk({ content: null, tool_calls: null }),
        stop('tool_calls'),
        { id: 'c', choices: null, usage: { prompt_tokens: 7, completion_tokens: 3 } },
        doneLine,
      ),
    );
    const { calls, usage } = await ask();
    expect(calls).toHaveLength(1);
    expect(usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
  });
});

describe('errors in a stream that began with 200', () => {
  const overloaded = { message: 'Provider overloaded', code: 502 };
  test.each([
    ['alone', { error: overloaded }],
    ['beside a finish reason', chunk({ content: '' }, 'error', { error: overloaded })],
    [
      'inside the choice',
      { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'error', error: overloaded }] },
    ],
    ['as text', { error: 'Provider overloaded' }],
  ])('%s: asked again, and quoted', async (_, event) => {
    server.reply(stream(chunk({ content: 'Half' }), event, doneLine));
    await expect(ask()).rejects.toMatchObject({
      code: 'model_unavailable',
      retry: true,
      message: expect.stringContaining('Provider overloaded'),
    });
  });

  test('of the Responses API, and one that no asking again helps', async () => {
    const created = { type: 'response.created', response: { id: 'r', created_at: 1, model: 'm' } };
    const failed = { error: { code: 'insufficient_quota', message: 'No credit' }, id: 'r', status: 'failed' };
    server.reply(stream(created, { type: 'response.failed', response: failed }));
    await expect(ask('m', { api: 'responses' })).rejects.toMatchObject({ code: 'model_key', retry: false });
  });

  test('a context that is too long, said in the stream', async () => {
    server.reply(stream({ error: { message: 'maximum context length is 8192 tokens', code: 400 } }));
    await expect(ask()).rejects.toMatchObject({ code: 'context_too_long', retry: false });
  });
});

describe('what a server says instead', () => {
  test('insufficient_quota fails at once, though its status is 429', async () => {
    server.reply(status(429, { error: { message: 'You exceeded…', code: 'insufficient_quota' } }));
    await expect(ask()).rejects.toMatchObject({ code: 'model_key', retry: false });
  });
  test('Retry-After as a date is waited for', async () => {
    const at = new Date(Date.now() + 20_000).toUTCString();
    server.reply(status(429, { error: { message: 'Slow down' } }, { 'retry-after': at }));
    const failure = (await ask().catch(error => error)) as { retry: boolean; retryAfterMs: number };
    expect(failure.retry).toBe(true);
    expect(failure.retryAfterMs).toBeGreaterThan(15_000);
  });
  test("a gateway's page with 502 is asked again, without its markup", async () => {
    server.reply(status(502, '<html><body><h1>502 Bad Gateway</h1></body></html>'));
    const failure = (await ask().catch(error => error)) as Error & { retry: boolean };
    expect(failure.retry).toBe(true);
    expect(failure.message).toMatch(/^The model answered 502: [^<]*$/);
  });
  test('a page with 200 is no answer: somebody stands between', async () => {
    server.reply(status(200, '<html>Please sign in</html>'));
    await expect(ask()).rejects.toMatchObject({
      retry: false,
      message: expect.stringContaining('OPENAI_BASE_URL'),
    });
  });
  test('an error as JSON with 200', async () => {
    server.reply(status(200, { error: { message: 'Invalid model', code: 404 } }));
    await expect(ask()).rejects.toMatchObject({
      retry: false,
      message: expect.stringContaining('Invalid model'),
    });
  });
});

describe('how an answer ends', () => {
  test('`length`: its words count, a call of it never does', async () => {
    const half = { ...head, index: 0, function: { name: 'bash', arguments: '{"command":"rm -rf ./a"}' } };
    server.reply(
      stream(chunk({ content: 'Half a ' }), chunk({ tool_calls: [half] }), stop('length'), doneLine),
    );
    const asked = await ask();
    expect(asked).toMatchObject({ text: 'Half a ', calls: [], end: 'cut' });
    expect(JSON.stringify(asked.messages)).not.toContain('rm -rf');
  });
  test('a call that is cut by the end of the stream is never run', async () => {
    const half = { ...head, index: 0, function: { name: 'bash', arguments: '{"command":"ls"}' } };
    server.reply(stream(chunk({ tool_calls: [half] }, '')));
    await expect(ask()).rejects.toMatchObject({ retry: true });
  });
  test('`content_filter` says so', async () => {
    server.reply(stream(chunk({ content: 'Well' }), stop('content_filter'), doneLine));
    await expect(ask()).rejects.toMatchObject({ code: 'model_refused', retry: false });
  });
  test('nothing in it', async () => {
    server.reply(stream(chunk({ role: 'assistant', content: '' }), stop(), doneLine));
    expect((await ask()).end).toBe('empty');
  });
  test('comments and CRLF between', async () => {
    const crlf = [': hello', '', `data: ${JSON.stringify(chunk({ content: 'All ' }))}`, '', ': again', ''];
    server.reply(
      stream(`${crlf.join('\r\n')}\r\n`, chunk({ content: 'well.' }), `: more\r\n\r\n`, stop(), doneLine),
    );
    expect((await ask()).text).toBe('All well.');
  });
  test('a reasoning item, then response.incomplete: cut, not broken', async () => {
    const response = { id: 'r', created_at: 1, model: 'gpt-5.2' };
    const item = { type: 'reasoning', id: 'rs_1', encrypted_content: null, summary: [] };
    const usage = { input_tokens: 5, output_tokens: 9 };
    server.reply(
      stream(
        { type: 'response.created', response },
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.output_item.done', output_index: 0, item },
        {
          type: 'response.incomplete',
          response: { ...response, incomplete_details: { reason: 'max_output_tokens' }, usage },
        },
      ),
    );
    const asked = await ask('gpt-5.2', { api: 'responses' });
    expect(asked).toMatchObject({ end: 'cut', text: '', messages: [], usage: { outputTokens: 9 } });
  });

  // Their addresses are not of this machine: what leaves is looked at before it does.
  test.each([
    ['azure/dep', 'https://acme.openai.azure.com/openai/v1/responses?api-version=v1', ['api-key', 'az-key']],
    [
      'bedrock/m',
      'https://bedrock-runtime.eu-north-1.amazonaws.com/model/m/converse-stream',
      ['authorization', 'Bearer br-key'],
    ],
  ] as const)('%s asks %s', async (name, address, [header, key]) => {
    const left: { url: string; headers: Headers }[] = [];
    const fetch: typeof globalThis.fetch = (url, init) => {
      left.push({ url: String(url), headers: new Headers(init?.headers) });
      return closedDoor(url, init);
    };
    const values = {
      AZURE_API_KEY: 'az-key',
      AZURE_RESOURCE_NAME: 'acme',
      AWS_REGION: 'eu-north-1',
      AWS_BEARER_TOKEN_BEDROCK: 'br-key',
    };
    await warmPath(await openModel(name, { values, timeouts: wireTimeouts, fetch }));
    expect(left.map(({ url }) => url)).toEqual([address]);
    expect(left[0]?.headers.get(header)).toBe(key);
  });
});
