import { io, type Socket } from 'socket.io-client';
import {
  type CommandInput,
  type CommandOutput,
  commands,
  Envelope,
  errorTable,
  Frame,
  PageAsk,
  PROTOCOL,
  Presence,
  type SocketCommand,
  TerminalMessage,
} from '../index.ts';
import { type Refused, type Token, tokenOf } from './http.ts';
import { type ClientFailure, type ClientResult, localFailure, wireFailure } from './result.ts';

/** `down` is on its way back by itself unless `failure` says that trying again is of no use. */
export type LinkState = { up: true } | { up: false; failure: ClientFailure | null };
export type LinkHandlers = {
  state?: (state: LinkState) => void;
  event?: (event: Envelope) => void;
  frame?: (frame: Frame) => void;
  presence?: (presence: Presence) => void;
  pageAsk?: (ask: PageAsk) => void;
  terminal?: (message: TerminalMessage) => void;
};
export type Link = ReturnType<typeof createLink>;
export type LinkOptions = {
  url: string;
  token?: Token | undefined;
  refused?: Refused | undefined;
  transports?: ('websocket' | 'polling')[] | undefined;
  ackTimeoutMs: number;
};

const connectWaitMs = 2000;

/** One socket: connected when needed, brought back when lost; what comes in is parsed before anyone sees it. */
export function createLink({ url, token, refused, transports, ackTimeoutMs }: LinkOptions) {
  const listeners = new Set<LinkHandlers>();
  let state: LinkState = { up: false, failure: null };
  let returnTimer: ReturnType<typeof setTimeout> | undefined;
  let refusals = 0;
  let closed = false;

  const socket: Socket = io(url || '/', {
    autoConnect: false,
    // Asked for at each connection: a short-lived token may be another by then.
    auth: (say: (auth: object) => void) =>
      void tokenOf(token).then(known => say({ protocol: PROTOCOL, ...(known ? { token: known } : {}) })),
    reconnectionDelay: 300,
    reconnectionDelayMax: 5000,
    ...(transports ? { transports } : {}),
  });

  const setState = (next: LinkState) => {
    state = next;
    for (const listener of listeners) listener.state?.(state);
  };
  const returnIn = (ms: number) => {
    clearTimeout(returnTimer);
    if (closed) return;
    returnTimer = setTimeout(() => socket.disconnect().connect(), ms);
  };
  const returnSoon = () => returnIn(Math.min(300 * 2 ** refusals++, 5000));

  socket.on('connect', () => {
    refusals = 0;
    setState({ up: true });
  });
  socket.on('disconnect', reason => {
    setState({ up: false, failure: null });
    // Socket.IO comes back by itself from everything but a server that hung up.
    if (reason === 'io server disconnect') returnIn(1000);
  });
  socket.on('connect_error', error => {
    const failure = wireFailure((error as { data?: unknown }).data);
    const final = failure !== null && !errorTable[failure.code].retryable;
    if (failure?.code === 'unauthorized' && refused) {
      void refused().then(another => (another ? returnSoon() : setState({ up: false, failure })));
      return;
    }
    setState({ up: false, failure: final ? failure : null });
    if (!socket.active && !final) returnSoon();
  });
  socket.on('closing', (notice: unknown) => {
    const retryInMs = Number((notice as { retryInMs?: unknown } | null)?.retryInMs);
    returnIn(Number.isFinite(retryInMs) ? retryInMs : 1000);
  });
  socket.on('event', (value: unknown) => {
    const event = Envelope.safeParse(value);
    if (event.success) for (const listener of listeners) listener.event?.(event.data);
  });
  socket.on('frame', (value: unknown) => {
    const frame = Frame.safeParse(value);
    if (frame.success) for (const listener of listeners) listener.frame?.(frame.data);
  });
  socket.on('presence', (value: unknown) => {
    const presence = Presence.safeParse(value);
    if (presence.success) for (const listener of listeners) listener.presence?.(presence.data);
  });
  socket.on('page.ask', (value: unknown) => {
    const ask = PageAsk.safeParse(value);
    if (ask.success) for (const listener of listeners) listener.pageAsk?.(ask.data);
  });

  socket.on('terminal', (value: unknown) => {
    const message = TerminalMessage.safeParse(value);
    if (message.success) for (const listener of listeners) listener.terminal?.(message.data);
  });

  /** Gives a connection that is being made a moment; a command should not fail because it came first. */
  const connected = async () => {
    if (closed || socket.connected) return socket.connected;
    if (!socket.active) socket.connect();
    await new Promise<void>(resolve => {
      const timer = setTimeout(done, connectWaitMs);
      function done() {
        clearTimeout(timer);
        socket.off('connect', done).off('connect_error', done);
        resolve();
      }
      socket.on('connect', done).on('connect_error', done);
    });
    return socket.connected;
  };

  return {
    state: () => state,
    /** Starts listening, connecting where nobody has yet; call what it returns to stop. */
    listen(handlers: LinkHandlers): () => void {
      listeners.add(handlers);
      if (!socket.connected && !socket.active) socket.connect();
      return () => listeners.delete(handlers);
    },
    /** Once, without retry: a lost connection or a late answer is a failure, as data. */
    async ask<N extends SocketCommand>(
      name: N,
      input: CommandInput<N>,
    ): Promise<ClientResult<CommandOutput<N>>> {
      if (!(await connected())) return localFailure('offline');
      try {
        const answer: unknown = await socket.timeout(ackTimeoutMs).emitWithAck(name, input);
        const parsed = commands[name].output.safeParse(answer);
        if ((answer as { ok?: unknown } | null)?.ok !== true) {
          return wireFailure(answer) ?? localFailure('bad_answer');
        }
        return parsed.success
          ? { ok: true, ...(parsed.data as CommandOutput<N>) }
          : localFailure('bad_answer');
      } catch {
        return localFailure(socket.connected ? 'timeout' : 'offline');
      }
    },
    close(): void {
      closed = true;
      clearTimeout(returnTimer);
      listeners.clear();
      socket.disconnect();
    },
  };
}
