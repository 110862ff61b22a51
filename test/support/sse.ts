import { get, type IncomingMessage } from 'node:http';
import { type Envelope, Envelope as EnvelopeSchema } from '@deckhand/shared';
import type { TestServer } from './server.ts';

export type SseMessage = { id: string | null; event: string; data: string };

/** Opens the stream of a session's events, as `curl -N` would. */
export function openStream(
  server: TestServer,
  sessionId: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(
      `${server.url}/api/sessions/${sessionId}/events`,
      { headers: { authorization: `Bearer ${server.token}`, accept: 'text/event-stream', ...headers } },
      resolve,
    ).on('error', reject);
  });
}

export async function* sseMessages(stream: IncomingMessage): AsyncGenerator<SseMessage> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message: SseMessage = { id: null, event: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        const [, field = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === 'id') message.id = value;
        else if (field === 'event') message.event = value;
        else if (field === 'data') message.data += value;
      }
      text = text.slice(end + 2);
      if (message.data !== '') yield message;
    }
  }
}

/** Reads events until the nth turn ended; the `id` of each is its seq. */
export async function readUntilEnd(stream: IncomingMessage, turns = 1): Promise<Envelope[]> {
  const events: Envelope[] = [];
  let ended = 0;
  for await (const message of sseMessages(stream)) {
    if (message.event !== 'message') continue;
    const event = EnvelopeSchema.parse(JSON.parse(message.data));
    if (message.id !== String(event.seq)) throw new Error(`id ${message.id} of event ${event.seq}`);
    events.push(event);
    if (event.type === 'turn.finished' && ++ended === turns) break;
  }
  stream.destroy();
  return events;
}
