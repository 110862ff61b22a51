import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { PreviewGrants, previewTtlMs } from '../../commands/previews/access.ts';
import { previewCommands } from '../../commands/previews/commands.ts';
import { previewPlaces } from '../../commands/previews/origins.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Repos } from '../../repos/repos.ts';
import type { Sandboxes } from '../../sandboxes/sandboxes.ts';
import { type Meta, readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { openPortWith } from './port.ts';
import { previewDoor } from './proxy.ts';

export type PreviewOptions = {
  store: Store;
  base: string | undefined;
  publicUrl: () => string;
  extensionId: string;
  tokens: Tokens;
  sight: Sight;
  repos: Repos;
  sandboxes: Sandboxes;
  wake: (meta: Meta, userId: string) => Promise<void>;
  clock: () => number;
  log: Logger;
};

/** What runs in sandboxes, to be looked at: who may open it, and the door to it. */
export function openPreviews(options: PreviewOptions) {
  const { store, base, publicUrl, extensionId, tokens, sight, repos, sandboxes, wake, clock, log } = options;
  const grants = new PreviewGrants(store);
  const places = () => previewPlaces(base, publicUrl());
  const door = previewDoor({
    places,
    grants,
    tokens,
    sight,
    openPort: openPortWith({
      sandboxes,
      readMeta: sessionId => readMeta(store, sessionId),
      wake,
      lookMs: previewTtlMs,
    }),
    frames: () => `chrome-extension://${extensionId} ${publicUrl()}`,
    log,
  });
  return {
    close: () => door.close(),
    commands: previewCommands({ sight, tokens, grants, places, sandboxes, repos, clock }),
    /** Takes the requests of previews before any other listener of the server sees them. */
    standBefore(server: Server): void {
      before(server, 'request', (request, response) => door.takes(request, response as ServerResponse));
      before(server, 'upgrade', (request, socket, head) =>
        door.takesUpgrade(request, socket as Duplex, head as Buffer),
      );
    },
  };
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
