import { failure, type Result } from '@deckhand/shared';
import { type Identity, may } from '../identity/identity.ts';
import type { EnvironmentSecrets } from '../sandboxes/environments/secrets.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type SecretCommandDeps = { visible: Visible; secrets: EnvironmentSecrets };

/** Secrets of repositories' environments: whoever may set one may never read one. */
export function secretCommands({
  visible,
  secrets,
}: SecretCommandDeps): Pick<Handlers, 'secret.set' | 'secret.list' | 'secret.remove'> {
  const repoOf = async (who: Identity, name: string): Promise<Result<{ repoId: string }>> => {
    if (!may(who, 'admin')) return failure('not_found', 'Only an admin may use secrets.');
    const seen = await visible.repo(who, name, { fresh: true });
    return seen.ok ? { ok: true, repoId: seen.repo.id } : seen;
  };
  return {
    async 'secret.set'(who, { repo, name, phase, value, proxy }) {
      const found = await repoOf(who, repo);
      if (!found.ok) return found;
      return secrets.set(who.orgId, { repoId: found.repoId, phase, name, value, setBy: who.name, proxy });
    },
    async 'secret.list'(who, { repo }) {
      const found = await repoOf(who, repo);
      return found.ok ? { ok: true, secrets: await secrets.list(who.orgId, found.repoId) } : found;
    },
    async 'secret.remove'(who, { repo, name, phase }) {
      const found = await repoOf(who, repo);
      return found.ok ? secrets.remove(who.orgId, found.repoId, phase, name) : found;
    },
  };
}
