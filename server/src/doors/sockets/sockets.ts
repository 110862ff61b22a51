import type { Server as HttpServer } from 'node:http';
import {
  type CommandName,
  commands,
  failure,
  limits,
  PROTOCOL,
  type Result,
  SocketAuth,
} from '@deckhand/shared';
import { Server, type Socket } from 'socket.io';
import type { Call } from '../../commands/call.ts';
import { type Commands, parseInput } from '../../commands/commands.ts';
import type { ServiceCommand } from '../../commands/handlers.ts';
import type { Terminals } from '../../commands/terminal/terminals.ts';
import type { Visible } from '../../commands/visible.ts';
import { authenticate, tokenIdOf } from '../../identity/authenticate.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { SessionLogs } from '../../sessions/log/logs.ts';
import { retryInMs } from '../connections.ts';
import { openSession } from './openSession.ts';
import { Presence } from './presence.ts';
import { startRechecks } from './rechecks.ts';
import { serveTerminals } from './terminals.ts';
import { Viewers } from './viewers.ts';

export type SocketDeps = {
  commands: Commands;
  tokens: Tokens;
  visible: Visible;
  terminals: Terminals;
  logs: SessionLogs;
  metrics: Metrics;
  hosts: () => ReadonlySet<string>;
  /** Somebody writes a prompt that is not sent yet. */
  onTyping: (sessionId: string, userId: string) => void;
};

export type Sockets = {
  /** Tells everybody who is connected that this server goes, and when to come back. */
  sayClosing(): void;
  /** Hangs up on everybody. Resolves when the HTTP server below is closed, too. */
  close(): Promise<void>;
};

/** The socket door: connect with an identity, then the commands of the table, each acknowledged. */
export function createSockets(server: HttpServer, deps: SocketDeps): Sockets {
  const io = new Server(server, {
    maxHttpBufferSize: limits.socketFrameBytes,
    serveClient: false,
    perMessageDeflate: false,
    pingInterval: 10_000,
    pingTimeout: 10_000,
    // A page of somebody else's must not talk to us with our cookie; tokens prove themselves.
    allowRequest: (request, accept) => {
      const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
      accept(deps.hosts().has(host) ? null : 'unknown host', deps.hosts().has(host));
    },
    cors: { origin: true },
  });
  const presence = new Presence(io);
  const viewers = new Viewers(io, deps.logs, deps.metrics);

  io.use(async (socket, next) => {
    const admitted = await admit(deps, socket);
    if (admitted.ok) return next();
    const { code, message, retryable } = admitted;
    next(Object.assign(new Error(message), { data: { code, message, retryable } }));
  });

  io.on('connection', socket => {
    deps.metrics.sockets.inc();
    // What they may do may change while they are connected (rechecks).
    const { token } = SocketAuth.parse(socket.handshake.auth);
    const from = { address: socket.handshake.address, token: tokenIdOf(socket.request, token) };
    const call = (): Call => ({ who: socket.data.who, connectionId: socket.id, door: 'socket', from });
    const on = (name: CommandName, run: (payload: unknown) => Promise<Result>) =>
      socket.on(name, async (payload: unknown, ack: unknown) => {
        const result = await run(payload);
        if (typeof ack === 'function') ack(result);
      });
    for (const name of Object.keys(commands) as CommandName[]) {
      if (!commands[name].socket || connectionCommands.has(name)) continue;
      on(name, payload => deps.commands.run(call(), name as ServiceCommand, payload));
    }
    on('session.open', payload =>
      deps.commands.guarded(call(), 'session.open', async () => {
        const parsed = parseInput('session.open', payload);
        if (!parsed.ok) return parsed;
        const opened = await openSession({ ...deps, viewers }, socket, parsed.input);
        if (opened.ok) presence.join(parsed.input.sessionId, socket);
        return opened;
      }),
    );
    on('session.leave', payload =>
      deps.commands.guarded(call(), 'session.leave', async () => {
        const parsed = parseInput('session.leave', payload);
        if (!parsed.ok) return parsed;
        viewers.leave(parsed.input.sessionId, socket);
        presence.leave(parsed.input.sessionId, socket);
        return { ok: true };
      }),
    );
    on('typing', payload =>
      deps.commands.guarded(call(), 'typing', async () => {
        const parsed = parseInput('typing', payload);
        // Only who may see a session, and looks at it, wakes it.
        if (parsed.ok && presence.typing(parsed.input.sessionId, socket))
          deps.onTyping(parsed.input.sessionId, call().who.userId);
        return parsed.ok ? { ok: true } : parsed;
      }),
    );
    const terminals = serveTerminals(socket, on, { ...deps, call });
    socket.on('disconnect', () => {
      deps.metrics.sockets.dec();
      terminals.close();
      viewers.leaveAll(socket);
      presence.leaveAll(socket);
    });
  });

  const stopRechecks = startRechecks(io, deps.visible, socket => identify(deps, socket));
  return {
    sayClosing() {
      stopRechecks();
      io.emit('closing', { retryInMs });
    },
    async close() {
      presence.close();
      viewers.close();
      await io.close();
    },
  };
}

const connectionCommands: ReadonlySet<CommandName> = new Set([
  'session.open',
  'session.leave',
  'typing',
  'terminal.open',
  'terminal.type',
  'terminal.size',
  'terminal.taken',
  'terminal.close',
]);

function identify(deps: SocketDeps, socket: Socket): Promise<Identity | null> {
  const { token } = SocketAuth.parse(socket.handshake.auth);
  return authenticate(deps.tokens, socket.request, { token, safe: false });
}

async function admit(deps: SocketDeps, socket: Socket): Promise<Result> {
  const auth = SocketAuth.safeParse(socket.handshake.auth);
  if (!auth.success) return failure('bad_request', 'A socket connects with auth {token?, protocol}.');
  if (auth.data.protocol !== PROTOCOL)
    return failure(
      'protocol_unsupported',
      `This server speaks protocol ${PROTOCOL}. Reload or update this client.`,
    );
  try {
    const who = await identify(deps, socket);
    if (!who) {
      const { token } = auth.data;
      deps.commands.turnedAway({
        address: socket.handshake.address,
        token: tokenIdOf(socket.request, token),
      });
      return failure('unauthorized', 'Sign in first.');
    }
    socket.data.who = who;
    return { ok: true };
  } catch {
    return failure('store_down', 'Redis does not answer. Try again in a moment.');
  }
}
