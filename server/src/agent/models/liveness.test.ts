import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { askOverWire, type Over, wireTimeouts } from '../../../test/helpers/askOverWire.ts';
import {
  chunk,
  doneLine,
  pulsing,
  type RawModelServer,
  startRawModelServer,
  status,
  stop,
  type stream,
} from '../../../test/helpers/rawModelServer.ts';

let server: RawModelServer;
beforeAll(async () => {
  server = await startRawModelServer();
});
afterAll(() => server.close());

const ask = (name?: string, over?: Over) => askOverWire(server.url, name, over);

describe('signs of life', () => {
  const reasoningItem = {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'reasoning', id: 'rs_1', summary: [] },
  };
  const created = { type: 'response.created', response: { id: 'r', created_at: 1, model: 'm' } };
  const item = {
    type: 'response.output_item.added',
    output_index: 0,
    item: { type: 'message', id: 'x', role: 'assistant', content: [] },
  };
  const delta = { type: 'response.output_text.delta', item_id: 'x', output_index: 0, delta: 'Hm' };
  test.each([
    ['comments, before the first word, over chat', 'chat', [], ': still here\n\n', 2],
    ['comments, in mid-answer, over chat', 'chat', [chunk({ content: 'Hm' })], ': still here\n\n', 0.4],
    [
      'empty deltas over chat',
      'chat',
      [chunk({ content: 'Hm' })],
      `data: ${JSON.stringify(chunk({}))}\n\n`,
      0.4,
    ],
    ['comments over Responses', 'responses', [created, item, delta], ': still here\n\n', 0.4],
    ['pings over Responses', 'responses', [created], 'event: ping\ndata: {"type":"ping"}\n\n', 2],
    ['comments after a reasoning item', 'responses', [created, reasoningItem], ': still here\n\n', 2],
  ] as const)('%s do not keep a dead stream alive', async (...[, api, events, pulse, seconds]) => {
    server.reply(pulsing([...events], pulse, 50));
    const beganAtMs = performance.now();
    await expect(ask('gpt-5.2', { api })).rejects.toMatchObject({
      retry: true,
      message: expect.stringContaining('no sign of life'),
    });
    const tookMs = performance.now() - beganAtMs;
    expect(tookMs).toBeGreaterThan(seconds * 1_000 - 100);
    expect(tookMs).toBeLessThan(seconds * 1_000 + 1_500);
  });

  test('silence while it reasons is none of death, in either API', async () => {
    const longer = wireTimeouts.chunkMs * 2.5;
    const later =
      (before: object[], after: (object | string)[]) =>
      (response: Parameters<ReturnType<typeof stream>>[0]) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of before) response.write(`data: ${JSON.stringify(event)}\n\n`);
        setTimeout(() => {
          for (const event of after)
            response.write(typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`);
          response.end();
        }, longer);
      };
    const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
    const end = { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 1 } } };
    server.reply(
      later([chunk({ reasoning_content: 'Let me see' })], [chunk({ content: 'Thought.' }), stop(), doneLine]),
      later(
        [created, reasoningItem],
        [
          { ...reasoningItem, type: 'response.output_item.done' },
          { type: 'response.output_item.added', output_index: 1, item: message },
          { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, delta: 'Thought.' },
          { type: 'response.output_item.done', output_index: 1, item: message },
          end,
        ],
      ),
    );
    expect((await ask()).text).toBe('Thought.');
    expect((await ask('gpt-5.2', { api: 'responses' })).text).toBe('Thought.');
  });
});

describe('providers', () => {
  test.each([
    ['m', undefined, '/v1/chat/completions', 'm'],
    ['m', 'responses', '/v1/responses', 'm'],
    ['openai/m', undefined, '/v1/chat/completions', 'm'],
    ['openai-compatible/anthropic/m', undefined, '/v1/chat/completions', 'anthropic/m'],
    ['meta-llama/m', undefined, '/v1/chat/completions', 'meta-llama/m'],
    ['anthropic/m', undefined, '/v1/messages', 'm'],
    ['google/gemini-m', undefined, '/v1/models/gemini-m:streamGenerateContent?alt=sse', undefined],
  ] as const)('%s (api %s) asks %s', async (name, api, path, model) => {
    server.reply(status(400, { error: { message: 'enough seen' } }));
    const failure = (await ask(name, api ? { api } : {}).catch(error => error)) as Error;
    expect(failure.message).toContain('enough seen');
    expect(server.asked[0]?.path).toBe(path);
    expect(server.asked[0]?.body.model).toBe(model);
  });
});
