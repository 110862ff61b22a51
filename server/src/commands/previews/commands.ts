import { failure } from '@deckhand/shared';
import type { Tokens } from '../../identity/tokens.ts';
import type { Repos } from '../../repos/repos.ts';
import { environmentAt } from '../../sandboxes/environments/readEnvironment.ts';
import type { Sandboxes } from '../../sandboxes/sandboxes.ts';
import type { Handlers } from '../handlers.ts';
import type { Visible } from '../visible.ts';
import { type PreviewAccess, previewTtlMs } from './access.ts';
import type { PreviewPlaces } from './origins.ts';

export type PreviewCommandDeps = {
  visible: Visible;
  tokens: Tokens;
  access: PreviewAccess;
  places: () => PreviewPlaces | null;
  sandboxes: Sandboxes;
  repos: Repos;
  clock: () => number;
};

/** What an app listens on where its repository says nothing. */
const usualPort = 3000;

/** Opens what runs in a session's sandbox to the browser that asks. */
export function previewCommands(deps: PreviewCommandDeps): Pick<Handlers, 'preview.open'> {
  const portsOf = async (repoId: string) => {
    const environment = await deps.sandboxes.environmentOf(repoId);
    if (environment) return environment.ports;
    const mirror = deps.repos.mirror(repoId);
    const base = await mirror.base();
    const read = base.ok ? await environmentAt(mirror, base.sha) : null;
    return read?.ok ? read.environment.ports : [];
  };
  return {
    async 'preview.open'(who, { sessionId, port: wanted, path, over = null }) {
      const seen = await deps.visible.session(who, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const { repo } = seen.meta;
      if (!repo)
        return failure('bad_request', 'This session has no repository, so nothing runs in its sandbox.');
      const places = deps.places();
      if (!places)
        return failure(
          'bad_request',
          'Previews are not set up: the operator of this server sets DECKHAND_PREVIEW_URL.',
        );
      const ports = await portsOf(repo);
      const port = wanted ?? ports[0]?.port ?? usualPort;
      const holder = await deps.tokens.holder(who.userId);
      const { name, ticket } = await deps.access.open({ sessionId, port, holder, over });
      const query = new URLSearchParams({ ticket, to: path });
      return {
        ok: true,
        url: `${places.urlOf(name)}/__deckhand/enter?${query}`,
        port,
        ports: ports.map(({ port: number, name: called }) => ({ port: number, name: called ?? null })),
        expiresAt: new Date(deps.clock() + previewTtlMs).toISOString(),
      };
    },
  };
}
