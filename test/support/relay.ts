import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A unix socket that passes everything on to another, until it is cut: an engine or a store that goes away. */
export type Relay = {
  path: string;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

export async function startRelay(target: string): Promise<Relay> {
  const path = join(tmpdir(), `deckhand-relay-${crypto.randomUUID().slice(0, 8)}.sock`);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: true }, near => {
    if (isCut) return void near.destroy();
    const far = connect({ path: target, allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  return {
    path,
    cut,
    mend: () => {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise(resolve => server.close(resolve));
      await rm(path, { force: true });
    },
  };
}
