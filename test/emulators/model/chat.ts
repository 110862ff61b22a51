import type { ApiWriter, Send } from './writer.ts';

/** The chunks of `POST /v1/chat/completions` with `stream: true`. */
export function chatWriter(send: Send, model: string): ApiWriter {
  const id = `chatcmpl-${crypto.randomUUID()}`;
  let calls = 0;
  const chunk = (choices: object[], more: object = {}) =>
    send(
      `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 1_700_000_000, model, choices, ...more })}\n\n`,
    );
  const delta = (value: object) => chunk([{ index: 0, delta: value, finish_reason: null }]);

  return {
    begin: () => delta({ role: 'assistant', content: '' }),
    think: piece => delta({ reasoning_content: piece }),
    text: piece => delta({ content: piece }),
    async call({ callId, tool, deltas }) {
      const index = calls++;
      const head = { index, id: callId, type: 'function', function: { name: tool, arguments: '' } };
      await delta({ tool_calls: [head] });
      for (const piece of deltas) await delta({ tool_calls: [{ index, function: { arguments: piece } }] });
    },
    async finish(usage) {
      await chunk([{ index: 0, delta: {}, finish_reason: calls > 0 ? 'tool_calls' : 'stop' }]);
      await chunk([], {
        usage: {
          prompt_tokens: usage.input,
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
        },
      });
      await send('data: [DONE]\n\n');
    },
    async noise() {
      await send(': a comment\n\n');
      await delta({});
      await delta({ content: '', refusal: null });
    },
  };
}
