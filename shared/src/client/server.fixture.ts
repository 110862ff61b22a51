import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { type Failure, failure } from '../index.ts';
import { type Delivery, eventsOf, momentAfter, sessionId } from '../view/scripted.fixture.ts';

/** What the test's server does wrong, decided anew at each occasion. */
export type Faults = {
  dropsEvent: () => boolean;
  dropsFrame: () => boolean;
  repeats: () => boolean;
  /** Hangs up in the middle of a page instead of answering. */
  hangsUp: () => boolean;
  /** Sends this many of the newest deliveries between a request to open and its answer. */
  overtakes: () => number;
};
export const flawless: Faults = {
  dropsEvent: () => false,
  dropsFrame: () => false,
  repeats: () => false,
  hangsUp: () => false,
  overtakes: () => 0,
};

type Asked = { sessionId: string; after?: number; tail?: number };
type Ack = (answer: object) => void;

/** A real Socket.IO and HTTP server on loopback that plays a script and misbehaves as told. */
export async function startServer(script: readonly Delivery[], faults: Faults, pageSize = 10) {
  let sent = 0;
  const prompts: { requestId: string; text: string }[] = [];
  let acceptsPrompts: 'yes' | 'refuses' | 'forgetsToAnswer' = 'yes';
  const past = () => script.slice(0, sent);
  const moment = () => momentAfter(past());

  const http = createServer((request, response) => {
    const body = answerHttp(request);
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: failure('not_found', 'No such thing.') }));
  });
  const io = new Server(http);

  function answerHttp(request: IncomingMessage): object | null {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    if (pathname === `/api/sessions/${sessionId}/view`) return moment();
    if (pathname === `/api/sessions/${sessionId}/events`) {
      const before = Number(searchParams.get('before'));
      const older = eventsOf(past()).filter(event => event.seq < before);
      const events = older.slice(-Number(searchParams.get('limit')));
      return { events, last: moment().last, more: events.length < older.length };
    }
    return null;
  }

  function openSession(socket: Socket, { after, tail, sessionId: id }: Asked, ack: Ack): void {
    const { head, drafts, last } = moment();
    const refusal: Failure | null =
      id !== sessionId
        ? failure('not_found', 'There is no such session.')
        : (after ?? 0) > last
          ? failure('cursor_ahead', 'Reload.')
          : null;
    if (refusal) {
      ack(refusal);
      return;
    }
    const from = after ?? Math.max(0, last - (tail ?? last));
    const all = eventsOf(past()).filter(event => event.seq > from);
    const events = all.slice(0, pageSize);
    const more = events.length < all.length;
    if (!more) void socket.join('viewers');
    for (const delivery of script.slice(Math.max(0, sent - faults.overtakes()), sent)) push(socket, delivery);
    if (faults.hangsUp()) {
      socket.conn.close();
      return;
    }
    const at = '2026-11-21T00:00:00.000Z';
    const { title, repo, state, origin, authors } = head;
    const session = {
      id,
      title,
      repo,
      state,
      origin,
      authors,
      branch: null,
      createdAt: at,
      updatedAt: at,
      last,
    };
    ack({ ok: true, protocol: 1, session, head, drafts, events, from: from + 1, last, more });
  }

  function push(to: { emit: (name: string, value: object) => unknown }, delivery: Delivery): void {
    const [name, value] = 'event' in delivery ? ['event', delivery.event] : ['frame', delivery.frame];
    to.emit(name as string, value);
  }

  io.on('connection', socket => {
    socket.on('session.open', (asked: Asked, ack: Ack) => openSession(socket, asked, ack));
    socket.on('session.leave', (_: Asked, ack: Ack) => {
      void socket.leave('viewers');
      ack({ ok: true });
    });
    socket.on('prompt.send', (prompt: { requestId: string; text: string }, ack: Ack) => {
      if (acceptsPrompts === 'refuses') return ack(failure('too_large', 'Too long.'));
      if (!prompts.some(({ requestId }) => requestId === prompt.requestId)) prompts.push(prompt);
      if (acceptsPrompts === 'yes') ack({ ok: true, promptId: 'prm_000001', position: prompts.length });
    });
  });
  const listen = (port: number) =>
    new Promise<number>(resolve => {
      http.listen(port, '127.0.0.1', () => resolve((http.address() as AddressInfo).port));
    });
  const port = await listen(0);

  return {
    url: `http://127.0.0.1:${port}`,
    io,
    prompts,
    accept(what: typeof acceptsPrompts) {
      acceptsPrompts = what;
    },
    /** Sends the next deliveries of the script to everyone who has the session open. */
    play(count: number) {
      for (const end = Math.min(script.length, sent + count); sent < end; ) {
        const delivery = script[sent++];
        if (!delivery) return;
        if ('event' in delivery ? faults.dropsEvent() : faults.dropsFrame()) continue;
        push(io.to('viewers'), delivery);
        if (faults.repeats()) push(io.to('viewers'), delivery);
      }
    },
    /** As if a store had lost everything behind the first deliveries. */
    forget(all: number) {
      sent = all;
    },
    done: () => sent >= script.length,
    hangUp: () => io.disconnectSockets(true),
    close: () => io.close(),
  };
}
