import { limits } from '@deckhand/shared';
import type { Server, Socket } from 'socket.io';
import type { Identity } from '../../identity/identity.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Feed } from '../../sessions/log/feed.ts';
import type { SessionLogs } from '../../sessions/log/logs.ts';
import type { AskedPage } from '../../sessions/pageAsks.ts';

/** How much may wait for one viewer before it is cut off; it comes back with `after` (I7). */
const maxWaitingPackets = 2_000;
const maxWaitingBytes = 4 * limits.socketFrameBytes;

type Watched = { feed: Feed; release: () => void; removeSink: () => void };

/** Who follows which session on this node, by a room of Socket.IO for each: an event is encoded once for all of them. */
export class Viewers {
  #io: Server;
  #logs: SessionLogs;
  #metrics: Metrics;
  #watched = new Map<string, Watched>();
  #leaves = new WeakMap<Socket, Map<string, number>>();

  constructor(io: Server, logs: SessionLogs, metrics: Metrics) {
    this.#io = io;
    this.#logs = logs;
    this.#metrics = metrics;
  }

  /** From now on the socket gets what the feed brings. Synchronous: nothing can come in between. */
  async join(sessionId: string, socket: Socket): Promise<void> {
    await socket.join(sessionId);
  }

  /** The session's feed is kept as long as somebody follows it. */
  async keep(sessionId: string): Promise<void> {
    if (this.#watched.has(sessionId)) return;
    const { feed, release } = await this.#logs.watch(sessionId);
    if (this.#watched.has(sessionId)) return release();
    const removeSink = feed.add({
      event: event => {
        this.#io.to(sessionId).emit('event', event);
        this.#cutOffSlow(sessionId);
      },
      frame: frame => {
        this.#io.to(sessionId).emit('frame', frame);
        this.#cutOffSlow(sessionId);
      },
      pageAsk: asked => this.#askPage(asked),
    });
    this.#watched.set(sessionId, { feed, release, removeSink });
  }

  /** How often a socket has left a session: whoever leaves while it is opened does not want it any more. */
  leavesOf(sessionId: string, socket: Socket): number {
    return this.#leaves.get(socket)?.get(sessionId) ?? 0;
  }

  isExpected(sessionId: string, socket: Socket, leaves: number): boolean {
    return socket.connected && this.leavesOf(sessionId, socket) === leaves;
  }

  leave(sessionId: string, socket: Socket): void {
    const leaves = this.#leaves.get(socket) ?? new Map<string, number>();
    this.#leaves.set(socket, leaves.set(sessionId, this.leavesOf(sessionId, socket) + 1));
    void socket.leave(sessionId);
    this.#dropIfNobody(sessionId);
  }

  leaveAll(_: Socket): void {
    for (const sessionId of this.#watched.keys()) this.#dropIfNobody(sessionId);
  }

  close(): void {
    for (const watched of this.#watched.values()) {
      watched.removeSink();
      watched.release();
    }
    this.#watched.clear();
  }

  #dropIfNobody(sessionId: string): void {
    if ((this.#io.sockets.adapter.rooms.get(sessionId)?.size ?? 0) > 0) return;
    const watched = this.#watched.get(sessionId);
    this.#watched.delete(sessionId);
    watched?.removeSink();
    watched?.release();
  }

  #askPage({ userId, ...ask }: AskedPage): void {
    for (const socket of this.#viewers(ask.sessionId))
      if ((socket.data.who as Identity).userId === userId) socket.emit('page.ask', ask);
  }

  #cutOffSlow(sessionId: string): void {
    for (const socket of this.#viewers(sessionId)) {
      if (!isSlow(socket)) continue;
      this.#metrics.slowViewers.inc();
      socket.disconnect(true);
    }
  }

  #viewers(sessionId: string): Socket[] {
    const ids = this.#io.sockets.adapter.rooms.get(sessionId) ?? [];
    return [...ids].flatMap(id => this.#io.sockets.sockets.get(id) ?? []);
  }
}

/** engine.io's own buffer grows without bound where a viewer does not read. */
function isSlow(socket: Socket): boolean {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: { data?: { length?: number } }[] };
  if (writeBuffer.length > maxWaitingPackets) return true;
  if (writeBuffer.length < 8) return false;
  let bytes = 0;
  for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
  return bytes > maxWaitingBytes;
}
