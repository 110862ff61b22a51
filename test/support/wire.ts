import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** A wire to a server that a test can cut. */
export type Wire = {
  url: string;
  /** Cuts every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

export function wireTo(url: string): Promise<Wire> {
  const { hostname, port } = new URL(url);
  return wire({ host: hostname, port: Number(port) }, 'http');
}

/** A wire to the Docker engine, for DOCKER_HOST. */
export const wireToEngine = (): Promise<Wire> => wire({ path: '/var/run/docker.sock' }, 'tcp');

async function wire(target: NetConnectOpts, scheme: string): Promise<Wire> {
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer(inner => {
    if (!whole) return void inner.destroy();
    const outer = connect(target);
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      whole = true;
    },
    async close() {
      cut();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
