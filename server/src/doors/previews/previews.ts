import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type PreviewDoorDeps, previewDoor } from './proxy.ts';

/** The door to what runs in sandboxes, standing before the server's other doors. */
export function openPreviewDoor(server: Server, deps: PreviewDoorDeps): { close(): void } {
  const door = previewDoor(deps);
  before(server, 'request', (request, response) => door.takes(request, response as ServerResponse));
  before(server, 'upgrade', (request, socket, head) =>
    door.takesUpgrade(request, socket as Duplex, head as Buffer),
  );
  return { close: () => door.close() };
}

type Taker = (request: IncomingMessage, ...rest: unknown[]) => boolean;

/** Socket.IO has put itself before the app's own listeners; a preview's path may be called as its. */
function before(server: Server, event: 'request' | 'upgrade', takes: Taker): void {
  const others = server.listeners(event) as ((...args: unknown[]) => void)[];
  server.removeAllListeners(event);
  server.on(event, (request: IncomingMessage, ...rest: unknown[]) => {
    if (takes(request, ...rest)) return;
    for (const listener of others) listener.call(server, request, ...rest);
  });
}
