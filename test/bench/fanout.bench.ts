import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PROTOCOL } from '@deckhand/shared';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { openStack } from '../support/stack.ts';
import type { Row } from './figures.ts';

const viewers = 500;
const messages = 200;

const connectAll = (open: () => Socket) =>
  Promise.all(
    Array.from({ length: viewers }, async () => {
      const socket = open();
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('connect_error', reject);
      });
      return socket;
    }),
  );

/** Deliveries a second from the first to the last frame that any viewer gets. */
function deliveries(sockets: Socket[], expected: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let count = 0;
  let startedMs = 0;
  for (const socket of sockets)
    socket.on('frame', () => {
      if (count === 0) startedMs = performance.now();
      count += 1;
      if (count === expected) resolve((count / (performance.now() - startedMs)) * 1000);
    });
  return promise;
}

/** A room broadcast of Socket.IO alone, from a server in this process, the same message. */
async function bare(text: string): Promise<number> {
  const http = createServer();
  const server = new Server(http, { perMessageDeflate: false, serveClient: false });
  server.on('connection', socket => void socket.join('room'));
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const sockets = await connectAll(() =>
    io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true }),
  );
  const rate = deliveries(sockets, viewers * messages);
  const frame = { sessionId: 'ses_00000000000000000000', kind: 'message', id: 'msg_0', attempt: 1 };
  for (let i = 0; i < messages; i++) {
    server.to('room').emit('frame', { ...frame, offset: i * text.length, text });
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  const result = await rate;
  for (const socket of sockets) socket.close();
  await server.close();
  return result;
}

/** One session, many viewers: frames of a turn as they come, in messages a second that arrive. */
async function ours(text: string): Promise<number> {
  const stack = await openStack({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
  try {
    const go = Promise.withResolvers<void>();
    const say = [go.promise, ...Array.from({ length: messages }, () => [text, 25]).flat()];
    stack.model.script('fanout', () => ({ say }));
    const session = await stack.ask('Talk #fanout');
    const { url, token } = stack.server;
    const auth = { token, protocol: PROTOCOL };
    const sockets = await connectAll(() => io(url, { transports: ['websocket'], forceNew: true, auth }));
    await Promise.all(
      sockets.map(socket => socket.emitWithAck('session.open', { sessionId: session.sessionId, tail: 10 })),
    );
    // Pieces may be gathered into fewer frames: what counts is text, by the share of it in each frame.
    let chars = 0;
    let startedMs = 0;
    const all = Promise.withResolvers<number>();
    for (const socket of sockets)
      socket.on('frame', (frame: { text: string }) => {
        if (chars === 0) startedMs = performance.now();
        chars += frame.text.length;
        if (chars >= viewers * messages * text.length)
          all.resolve(((viewers * messages) / (performance.now() - startedMs)) * 1000);
      });
    go.resolve();
    const rate = await Promise.race([
      all.promise,
      session.finished().then(() => (chars / text.length / (performance.now() - startedMs)) * 1000),
    ]);
    for (const socket of sockets) socket.close();
    return rate;
  } finally {
    await stack.dispose();
  }
}

export async function run(): Promise<Row[]> {
  const text = 'twenty characters .. ';
  const bareRate = await bare(text);
  const ourRate = await ours(text);
  const ratio = ourRate / bareRate;
  return [
    {
      what: `One session, ${viewers} viewers, 40 frames/s: deliveries a second`,
      ours: `${Math.round(ourRate)}/s`,
      bare: `bare Socket.IO room ${Math.round(bareRate)}/s`,
      ratio,
      target: 'at least 0.8x',
      met: ratio >= 0.8,
    },
  ];
}
