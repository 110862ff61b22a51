import type { IdentityServices } from '../../identity/compose.ts';
import type { Repos } from '../../repos/repos.ts';
import type { SandboxServices } from '../../sandboxes/compose.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { Handlers } from '../handlers.ts';
import type { Visible } from '../visible.ts';
import { PreviewAccess, previewTtlMs } from './access.ts';
import { previewCommands } from './commands.ts';
import { type PreviewPlaces, previewPlaces } from './origins.ts';
import { type OpenPort, openPortWith } from './port.ts';

export type PreviewDeps = {
  store: Store;
  /** The operator's choice of where previews are. */
  base: string | undefined;
  publicUrl: () => string;
  identity: IdentityServices;
  visible: Visible;
  repos: Repos;
  services: SandboxServices;
  clock: () => number;
};

/** What runs in sandboxes, as their door needs it: where it is, who may look, and the way to it. */
export type Previews = {
  /** Null: there are none. */
  places: () => PreviewPlaces | null;
  access: PreviewAccess;
  openPort: OpenPort;
};

export function openPreviews(deps: PreviewDeps): Previews & { handlers: Pick<Handlers, 'preview.open'> } {
  const { store, visible, repos, services, clock } = deps;
  const { tokens } = deps.identity;
  const { sandboxes, warmups } = services;
  const access = new PreviewAccess({ store, tokens, visible });
  const places = () => previewPlaces(deps.base, deps.publicUrl());
  return {
    places,
    access,
    openPort: openPortWith({
      sandboxes,
      readMeta: sessionId => readMeta(store, sessionId),
      wake: (meta, userId) => warmups.forSession(meta, userId),
      lookMs: previewTtlMs,
    }),
    handlers: previewCommands({ visible, tokens, access, places, sandboxes, repos, clock }),
  };
}
