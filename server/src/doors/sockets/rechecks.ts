import type { Server, Socket } from 'socket.io';
import type { Visible } from '../../commands/visible.ts';
import type { Identity } from '../../identity/identity.ts';
import { every } from '../../platform/every.ts';

/**
 * Asks from time to time whether each socket is still who it was, and may still see what it looks at. One that may
 * not is hung up on: whatever it asks for next is answered anew.
 */
export function startRechecks(
  io: Server,
  visible: Visible,
  identify: (socket: Socket) => Promise<Identity | null>,
): () => void {
  const round = async () => {
    for (const socket of io.sockets.sockets.values()) {
      // While Redis is away nobody can be asked about, and nothing new comes.
      const may = await stillMay(socket).catch(() => true);
      if (!may) socket.disconnect(true);
    }
  };
  const stillMay = async (socket: Socket): Promise<boolean> => {
    const who = await identify(socket);
    if (!who) return false;
    socket.data.who = who;
    for (const sessionId of socket.rooms) {
      if (sessionId === socket.id) continue;
      if (!(await visible.session(who, sessionId, { fresh: true })).ok) return false;
    }
    return true;
  };
  const rounds = every(visible.recheckMs, round, () => {});
  return () => void rounds.stop();
}
