import type { Server, Socket } from 'socket.io';
import type { Identity } from '../../identity/identity.ts';

const typingMs = 4_000;

/** Who looks at which session on this node, told to everyone who does. */
export class Presence {
  #io: Server;
  #viewers = new Map<string, Set<Socket>>();
  #typing = new Map<string, NodeJS.Timeout>();

  constructor(io: Server) {
    this.#io = io;
  }

  /** Whoever left while their session was opened is not there: nobody would take them out again. */
  join(sessionId: string, socket: Socket): void {
    if (!socket.connected || !socket.rooms.has(sessionId)) return;
    const viewers = this.#viewers.get(sessionId) ?? new Set();
    this.#viewers.set(sessionId, viewers.add(socket));
    this.#tell(sessionId);
  }

  leave(sessionId: string, socket: Socket): void {
    const viewers = this.#viewers.get(sessionId);
    if (!viewers?.delete(socket)) return;
    if (viewers.size === 0) this.#viewers.delete(sessionId);
    this.#tell(sessionId);
  }

  leaveAll(socket: Socket): void {
    for (const [sessionId, viewers] of this.#viewers) if (viewers.has(socket)) this.leave(sessionId, socket);
  }

  /** Somebody writes; it wears off. False: they do not look at that session. */
  typing(sessionId: string, socket: Socket): boolean {
    if (!this.#viewers.get(sessionId)?.has(socket)) return false;
    const key = `${sessionId} ${identityOf(socket).userId}`;
    const known = this.#typing.get(key);
    clearTimeout(known);
    this.#typing.set(
      key,
      setTimeout(() => {
        this.#typing.delete(key);
        this.#tell(sessionId);
      }, typingMs).unref(),
    );
    if (!known) this.#tell(sessionId);
    return true;
  }

  close(): void {
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
  }

  #tell(sessionId: string): void {
    const people = new Map<string, { userId: string; name: string; typing: boolean }>();
    for (const socket of this.#viewers.get(sessionId) ?? []) {
      const { userId, name } = identityOf(socket);
      people.set(userId, { userId, name, typing: this.#typing.has(`${sessionId} ${userId}`) });
    }
    this.#io.to(sessionId).emit('presence', { sessionId, people: [...people.values()] });
  }
}

const identityOf = (socket: Socket) => socket.data.who as Identity;
