import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** When a viewer of a server that stops comes back. */
export const retryInMs = 1_000;

export type Connections = {
  /**
   * Every request that is answered anew, ends: connections without one are closed until all are, and those that are
   * still open after `graceMs` (a download that nobody reads, a body that never ends) are destroyed.
   */
  hangUp(graceMs: number): Promise<void>;
};

/** Node closes a server only once its last connection ends; one that was upgraded is not even counted as open. */
export function trackConnections(server: Server): Connections {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    async hangUp(graceMs) {
      // A page that goes on asking would keep its connection for ever.
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      const enough = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, graceMs);
      await new Promise<void>(resolve => server.close(() => resolve()));
      clearInterval(idle);
      clearTimeout(enough);
    },
  };
}
