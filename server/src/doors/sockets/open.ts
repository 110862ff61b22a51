import type { Envelope, OpenAck, Result } from '@deckhand/shared';
import { failure, limits, PROTOCOL } from '@deckhand/shared';
import type { Server, Socket } from 'socket.io';
import { cursorAhead } from '../../commands/sessionCommands.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { readDrafts } from '../../sessions/log/drafts.ts';
import type { Feed, Feeds } from '../../sessions/log/feed.ts';
import { readAfter, readBefore } from '../../sessions/log/log.ts';
import type { AskedPage } from '../../sessions/pageAsks.ts';
import { toSession } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';

/** How much may wait for one viewer before it is cut off; it comes back with `after` (I7). */
const maxWaitingPackets = 2_000;
const maxWaitingBytes = 4 * limits.socketFrameBytes;

type Room = { feed: Feed; release: () => void; removeSink: () => void };

/** One room a session: each event is encoded once for all its viewers on this node. */
export class Rooms {
  #io: Server;
  #feeds: Feeds;
  #metrics: Metrics;
  #rooms = new Map<string, Room>();
  #leaves = new WeakMap<Socket, Map<string, number>>();

  constructor(io: Server, feeds: Feeds, metrics: Metrics) {
    this.#io = io;
    this.#feeds = feeds;
    this.#metrics = metrics;
  }

  async watch(sessionId: string): Promise<{ feed: Feed; release: () => void }> {
    return this.#feeds.watch(sessionId);
  }

  /** From now on the socket gets what the feed brings. Synchronous: nothing can come in between. */
  async join(sessionId: string, socket: Socket): Promise<void> {
    await socket.join(sessionId);
  }

  /** The room keeps its feed as long as somebody is in it. */
  async keep(sessionId: string): Promise<void> {
    if (this.#rooms.has(sessionId)) return;
    const { feed, release } = await this.#feeds.watch(sessionId);
    if (this.#rooms.has(sessionId)) return release();
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
    this.#rooms.set(sessionId, { feed, release, removeSink });
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
    this.#dropIfEmpty(sessionId);
  }

  leaveAll(_: Socket): void {
    for (const sessionId of this.#rooms.keys()) this.#dropIfEmpty(sessionId);
  }

  close(): void {
    for (const room of this.#rooms.values()) {
      room.removeSink();
      room.release();
    }
    this.#rooms.clear();
  }

  #dropIfEmpty(sessionId: string): void {
    if ((this.#io.sockets.adapter.rooms.get(sessionId)?.size ?? 0) > 0) return;
    const room = this.#rooms.get(sessionId);
    this.#rooms.delete(sessionId);
    room?.removeSink();
    room?.release();
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

export type OpenDeps = { store: Store; rooms: Rooms; sight: Sight };

/**
 * Answers a page of the log and the fold of all of it; the last page also lets the live events in. The room is
 * joined before the drafts are read, so that each frame is in them or comes after.
 */
export async function openSession(
  deps: OpenDeps,
  socket: Socket,
  open: { sessionId: string; after?: number | undefined; tail?: number | undefined },
): Promise<Result<OpenAck>> {
  const { store, rooms, sight } = deps;
  const { sessionId } = open;
  const seen = await sight.session(socket.data.who, sessionId, { fresh: true });
  if (!seen.ok) return seen;
  if ((open.after ?? 0) > seen.meta.last) return cursorAhead(seen.meta.last);
  const leaves = rooms.leavesOf(sessionId, socket);
  const { feed, release } = await rooms.watch(sessionId);
  try {
    const first = await firstPage(store, open, seen.meta.last);
    const { from, events } = first;
    let { last, more } = first;
    if (!more) {
      await rooms.keep(sessionId);
      if (!rooms.isExpected(sessionId, socket, leaves)) {
        rooms.leave(sessionId, socket);
        return failure('closing', 'The viewer left while the session was opened.');
      }
      await rooms.join(sessionId, socket);
      const rest = await readAfter(store, sessionId, { after: last, limit: limits.eventPageCount });
      events.push(...rest.events);
      ({ last, more } = { last: rest.last, more: rest.more });
    }
    const { drafts } = await readDrafts(store, sessionId);
    if (feed.cursor < last) await feed.catchUp();
    const session = toSession(seen.meta);
    return { ok: true, protocol: PROTOCOL, session, head: feed.head, drafts, events, from, last, more };
  } finally {
    release();
  }
}

async function firstPage(
  store: Store,
  open: { sessionId: string; after?: number | undefined; tail?: number | undefined },
  newest: number,
): Promise<{ from: number; events: Envelope[]; last: number; more: boolean }> {
  const { sessionId, after, tail } = open;
  if (after === undefined && tail !== undefined) {
    const page = await readBefore(store, sessionId, { before: newest + 1, limit: tail });
    return { from: page.events[0]?.seq ?? 1, events: page.events, last: newest, more: false };
  }
  const start = after ?? 0;
  const page = await readAfter(store, sessionId, { after: start, limit: limits.eventPageCount });
  return { from: start + 1, ...page };
}
