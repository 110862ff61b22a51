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
import type { ServiceCommand } from '../../commands/commands.ts';
import { type Call, type CommandDeps, guarded, parseInput, runCommand } from '../../commands/run.ts';
import type { Sight } from '../../commands/visible.ts';
import { authenticate } from '../../identity/authenticate.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Feeds } from '../../sessions/log/feed.ts';
import type { Store } from '../../sessions/store/store.ts';
import { retryInMs } from '../connections.ts';
import { openSession, Rooms } from './open.ts';
import { People } from './presence.ts';
import { startRechecks } from './rechecks.ts';

export type SocketDeps = CommandDeps & {
  store: Store;
  feeds: Feeds;
  tokens: Tokens;
  sight: Sight;
  hosts: () => ReadonlySet<string>;
  /** Somebody writes a prompt that is not sent yet. */
  onTyping: (sessionId: string, who: Identity) => void;
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
  const people = new People(io);
  const rooms = new Rooms(io, deps.feeds, deps.metrics);

  io.use(async (socket, next) => {
    const admitted = await admit(deps, socket);
    if (admitted.ok) return next();
    const { code, message, retryable } = admitted;
    next(Object.assign(new Error(message), { data: { code, message, retryable } }));
  });

  io.on('connection', socket => {
    deps.metrics.sockets.inc();
    // What they may do may change while they are connected (rechecks).
    const call = (): Call => ({ who: socket.data.who, connectionId: socket.id, door: 'socket' });
    const on = (name: CommandName, run: (payload: unknown) => Promise<Result>) =>
      socket.on(name, async (payload: unknown, ack: unknown) => {
        const result = await run(payload);
        if (typeof ack === 'function') ack(result);
      });
    for (const name of Object.keys(commands) as CommandName[]) {
      if (!commands[name].socket || connectionCommands.has(name)) continue;
      on(name, payload => runCommand(deps, call(), name as ServiceCommand, payload));
    }
    on('session.open', payload =>
      guarded(deps, call(), 'session.open', async () => {
        const parsed = parseInput('session.open', payload);
        if (!parsed.ok) return parsed;
        const opened = await openSession({ ...deps, rooms }, socket, parsed.input);
        if (opened.ok) people.join(parsed.input.sessionId, socket);
        return opened;
      }),
    );
    on('session.leave', payload =>
      guarded(deps, call(), 'session.leave', async () => {
        const parsed = parseInput('session.leave', payload);
        if (!parsed.ok) return parsed;
        rooms.leave(parsed.input.sessionId, socket);
        people.leave(parsed.input.sessionId, socket);
        return { ok: true };
      }),
    );
    on('typing', payload =>
      guarded(deps, call(), 'typing', async () => {
        const parsed = parseInput('typing', payload);
        // Only who may see a session, and looks at it, wakes it.
        if (parsed.ok && people.typing(parsed.input.sessionId, socket))
          deps.onTyping(parsed.input.sessionId, call().who);
        return parsed.ok ? { ok: true } : parsed;
      }),
    );
    socket.on('disconnect', () => {
      deps.metrics.sockets.dec();
      rooms.leaveAll(socket);
      people.leaveAll(socket);
    });
  });

  const stopRechecks = startRechecks(io, deps.sight, socket => identify(deps, socket));
  return {
    sayClosing() {
      stopRechecks();
      io.emit('closing', { retryInMs });
    },
    async close() {
      people.close();
      rooms.close();
      await io.close();
    },
  };
}

const connectionCommands: ReadonlySet<CommandName> = new Set(['session.open', 'session.leave', 'typing']);

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
    if (!who) return failure('unauthorized', 'Sign in first.');
    socket.data.who = who;
    return { ok: true };
  } catch {
    return failure('store_down', 'Redis does not answer. Try again in a moment.');
  }
}
