import type { ApiWriter, Send } from './writer.ts';

/** The events of `POST /v1/responses` with `stream: true`. */
export function responsesWriter(send: Send, model: string): ApiWriter {
  const id = `resp_${crypto.randomUUID()}`;
  const output: object[] = [];
  let said = '';
  let messageId: string | null = null;
  let reasoningId: string | null = null;
  const event = (type: string, data: object) =>
    send(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const response = (status: string, more: object = {}) => ({
    response: { id, object: 'response', created_at: 1_700_000_000, model, status, output, ...more },
  });

  const summaryPlace = () => ({ item_id: reasoningId, output_index: output.length, summary_index: 0 });

  async function endReasoning() {
    if (reasoningId === null) return;
    await event('response.reasoning_summary_part.done', summaryPlace());
    const item = { type: 'reasoning', id: reasoningId, summary: [] };
    await event('response.output_item.done', { output_index: output.length, item });
    output.push(item);
    reasoningId = null;
  }

  async function endMessage() {
    await endReasoning();
    if (messageId === null) return;
    const part = { type: 'output_text', text: said, annotations: [] };
    const item = {
      type: 'message',
      id: messageId,
      role: 'assistant',
      status: 'completed',
      content: [part],
    };
    const place = { item_id: messageId, output_index: output.length, content_index: 0 };
    await event('response.output_text.done', { ...place, text: said });
    await event('response.content_part.done', { ...place, part });
    await event('response.output_item.done', { output_index: output.length, item });
    output.push(item);
    messageId = null;
  }

  return {
    async begin() {
      await event('response.created', response('in_progress'));
      await event('response.in_progress', response('in_progress'));
    },
    async think(piece) {
      if (reasoningId === null) {
        reasoningId = `rs_${crypto.randomUUID()}`;
        const item = { type: 'reasoning', id: reasoningId, summary: [] };
        await event('response.output_item.added', { output_index: output.length, item });
        await event('response.reasoning_summary_part.added', summaryPlace());
      }
      await event('response.reasoning_summary_text.delta', { ...summaryPlace(), delta: piece });
    },
    async text(piece) {
      await endReasoning();
      if (messageId === null) {
        messageId = `msg_${crypto.randomUUID()}`;
        const item = {
          type: 'message',
          id: messageId,
          role: 'assistant',
          status: 'in_progress',
          content: [],
        };
        await event('response.output_item.added', { output_index: output.length, item });
        const part = { type: 'output_text', text: '', annotations: [] };
        const place = { item_id: messageId, output_index: output.length, content_index: 0 };
        await event('response.content_part.added', { ...place, part });
      }
      said += piece;
      const place = { item_id: messageId, output_index: output.length, content_index: 0 };
      await event('response.output_text.delta', { ...place, delta: piece });
    },
    async call({ callId, tool, deltas }) {
      await endMessage();
      const item = { type: 'function_call', id: `fc_${callId}`, call_id: callId, name: tool };
      const place = { output_index: output.length, item_id: item.id };
      await event('response.output_item.added', {
        output_index: output.length,
        item: { ...item, arguments: '', status: 'in_progress' },
      });
      for (const delta of deltas) await event('response.function_call_arguments.delta', { ...place, delta });
      const whole = { ...item, arguments: deltas.join(''), status: 'completed' };
      await event('response.function_call_arguments.done', { ...place, arguments: whole.arguments });
      await event('response.output_item.done', { output_index: output.length, item: whole });
      output.push(whole);
    },
    async finish(usage) {
      await endMessage();
      await event(
        'response.completed',
        response('completed', {
          incomplete_details: null,
          usage: {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: usage.input + usage.output,
          },
        }),
      );
    },
    async noise() {
      await send(': a comment\n\n');
      await event('response.something_new', { what: ['ever'] });
      await send('event: ping\ndata: {"type":"ping"}\n\n');
    },
  };
}
