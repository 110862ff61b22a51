import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ModelMessage } from 'ai';
import { askOverWire, type Over } from '../../../test/helpers/askOverWire.ts';
import {
  chunk,
  doneLine,
  type RawModelServer,
  says,
  startRawModelServer,
  status,
  stop,
  stream,
} from '../../../test/helpers/rawModelServer.ts';

/** What a model left in the context, as it or another reads it the next time. */
let server: RawModelServer;
beforeAll(async () => {
  server = await startRawModelServer();
});
afterAll(() => server.close());

const ask = (name?: string, over?: Over) => askOverWire(server.url, name, over);
const head = { id: 'call_1', type: 'function', function: { name: 'bash', arguments: '' } };

describe('what must be given back', () => {
  const result = (id: string): ModelMessage => ({
    role: 'tool',
    content: [
      { type: 'tool-result', toolCallId: id, toolName: 'bash', output: { type: 'text', value: 'a.txt' } },
    ],
  });
  const whole = { ...head, index: 0, function: { name: 'bash', arguments: '{"command":"ls"}' } };
  const prompt: ModelMessage = { role: 'user', content: 'Do it' };

  test('`reasoning_content` goes back with the calls it led to, and no other does', async () => {
    server.reply(
      stream(
        chunk({ reasoning_content: 'I should ' }),
        chunk({ reasoning_content: 'look.' }),
        chunk({ tool_calls: [whole] }),
        stop('tool_calls'),
        doneLine,
      ),
      stream(chunk({ reasoning_content: 'Seen.' }), chunk({ content: 'One file.' }), stop(), doneLine),
      says('Bye.'),
    );
    const first = await ask();
    const looked = [prompt, ...first.messages, result('call_1')];
    const second = await ask('m', { messages: looked });
    const messages: ModelMessage[] = [...looked, ...second.messages, { role: 'user', content: 'And now?' }];
    await ask('m', { messages });
    expect(server.asked[2]?.body.messages).toEqual([
      { role: 'system', content: 'Be good' },
      { role: 'user', content: 'Do it' },
      expect.objectContaining({ role: 'assistant', reasoning_content: 'I should look.' }),
      expect.objectContaining({ role: 'tool', tool_call_id: 'call_1' }),
      { role: 'assistant', content: 'One file.' },
      { role: 'user', content: 'And now?' },
    ]);
  });

  test("Gemini's thought_signature goes back with its call; another model does not get it", async () => {
    const signed = { ...whole, extra_content: { google: { thought_signature: 'SIG' } } };
    server.reply(
      stream(chunk({ tool_calls: [signed] }), stop('tool_calls'), doneLine),
      says('Seen.'),
      says('Seen too.'),
    );
    const { messages } = await ask();
    const looked = [prompt, ...messages, result('call_1')];
    await ask('m', { messages: looked });
    await ask('other', { messages: looked });
    const [, own, others] = server.asked.map(({ body }) => JSON.stringify(body.messages));
    expect(own).toContain('"extra_content":{"google":{"thought_signature":"SIG"}}');
    expect(own).not.toContain('thoughtSignature');
    expect(others).not.toContain('SIG');
    expect(others).toContain('a.txt');
  });

  test("a session goes on with another provider's model: no reasoning, no foreign id, pairs kept", async () => {
    const odd = { ...whole, id: 'functions.bash:0' };
    server.reply(
      stream(chunk({ reasoning_content: 'Hm' }), chunk({ tool_calls: [odd] }), stop('tool_calls'), doneLine),
      status(400, { error: { message: 'enough seen' } }),
    );
    const { messages } = await ask();
    const looked = [prompt, ...messages, result('functions.bash:0')];
    await ask('anthropic/claude-x', { messages: looked }).catch(() => {});
    const sent = server.asked[1];
    expect(sent?.headers['x-api-key']).toBe('sk-ant');
    const ids = [...JSON.stringify(sent?.body.messages).matchAll(/"(?:id|tool_use_id)":"([^"]*)"/g)];
    expect(ids.map(([, id]) => id)).toEqual([ids[0]?.[1], ids[0]?.[1]]);
    expect(ids[0]?.[1]).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(JSON.stringify(sent?.body.messages)).not.toContain('Hm');
  });

  test('what Gemini and Claude sign goes back with their calls, over their own APIs', async () => {
    const gemini = {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [{ functionCall: { name: 'bash', args: { command: 'ls' } }, thoughtSignature: 'SIG' }],
          },
          finishReason: 'STOP',
        },
      ],
    };
    const block = (index: number, type: object, ...deltas: object[]) => [
      { type: 'content_block_start', index, content_block: type },
      ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ];
    const message = { id: 'm', type: 'message', role: 'assistant', content: [], model: 'm', usage: counts };
    const claude = [
      { type: 'message_start', message },
      ...block(
        ...([0, { type: 'thinking', thinking: '' }] as const),
        { type: 'thinking_delta', thinking: 'Hm' },
        { type: 'signature_delta', signature: 'SIG' },
      ),
      ...block(...([1, { type: 'tool_use', id: 'toolu_1', name: 'bash', input: {} }] as const), {
        type: 'input_json_delta',
        partial_json: '{"command":"ls"}',
      }),
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: counts },
      { type: 'message_stop' },
    ];
    for (const [name, ...events] of [
      ['google/gemini-3-x', gemini],
      ['anthropic/claude-x', ...claude],
    ] as const) {
      server.reply(stream(...events), status(400, { error: { message: 'enough seen' } }));
      const { messages, calls } = await ask(name);
      expect(calls).toHaveLength(1);
      await ask(name, { messages: [prompt, ...messages, result(calls[0]?.modelCallId ?? '')] }).catch(
        () => {},
      );
      expect(JSON.stringify(server.asked[1]?.body)).toMatch(/"(thoughtSignature|signature)":"SIG"/);
    }
  });
});

const counts = { input_tokens: 1, output_tokens: 1 };
