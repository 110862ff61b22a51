import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request as a test says, byte for byte. */
export type Reply = (response: ServerResponse) => void | Promise<void>;

export type RawModelServer = {
  url: string;
  /** What was asked, in order: where, and the body. */
  asked: { path: string; headers: Record<string, unknown>; body: Record<string, unknown> }[];
  /** The next requests get these, one each. */
  reply(...replies: Reply[]): void;
  close(): Promise<void>;
};

/** A model's server that says what it is told to, however odd: what no well-behaved emulator would. */
export async function startRawModelServer(): Promise<RawModelServer> {
  const asked: RawModelServer['asked'] = [];
  const waiting: Reply[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    asked.push({ path: request.url ?? '', headers: request.headers, body });
    const reply = waiting.shift();
    if (!reply) return void response.writeHead(500).end('nothing to say');
    await reply(response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    reply(...replies) {
      asked.length = 0;
      waiting.splice(0, waiting.length, ...replies);
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const head = { 'content-type': 'text/event-stream' };

/** Events as they are given: objects become JSON, text goes out as it stands. */
export const stream =
  (...events: (object | string)[]): Reply =>
  response => {
    response.writeHead(200, head);
    for (const event of events)
      response.write(typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`);
    response.end();
  };

/** The same, with time in between, and never an end: `pulse` is sent again and again. */
export const pulsing =
  (events: (object | string)[], pulse: string, everyMs: number): Reply =>
  response => {
    response.writeHead(200, head);
    for (const event of events)
      response.write(typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`);
    const timer = setInterval(() => response.write(pulse), everyMs);
    response.on('close', () => clearInterval(timer));
  };

export const status =
  (code: number, body: object | string, headers: Record<string, string> = {}): Reply =>
  response => {
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(code, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

type Delta = Record<string, unknown>;
export const chunk = (delta: Delta | null, finish: string | null = null, more: object = {}) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});
export const stop = (reason = 'stop') => chunk({}, reason);
export const doneLine = 'data: [DONE]\n\n';
/** What a whole chat answer of these words looks like. */
export const says = (...words: string[]) =>
  stream(...words.map(content => chunk({ content })), stop(), doneLine);
