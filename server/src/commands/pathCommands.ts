import { failure, type Result } from '@deckhand/shared';
import type { Identity } from '../identity/identity.ts';
import type { Repos } from '../repos/repos.ts';
import { fittingPaths, Trees } from '../repos/treePaths.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

const mostShown = 20;

/** Paths to name in a prompt, of what the server itself has: no sandbox is asked. */
export function pathCommands({
  repos,
  visible,
}: {
  repos: Repos;
  visible: Visible;
}): Pick<Handlers, 'path.list'> {
  const trees = new Trees();
  return {
    async 'path.list'(who, { sessionId, repo, q }) {
      const place = await placeOf(who, { sessionId, repo });
      if (!place.ok) return place;
      const mirror = repos.mirror(place.repoId);
      const sha = place.sha ?? (await mirror.knownBase())?.sha;
      if (!sha) return { ok: true, paths: [], cut: false };
      const { paths, cut } = await trees.of(mirror, sha);
      return { ok: true, paths: fittingPaths(paths, q, mostShown), cut };
    },
  };

  async function placeOf(
    who: Identity,
    { sessionId, repo }: { sessionId: string | undefined; repo: string | undefined },
  ): Promise<Result<{ repoId: string; sha: string | null }>> {
    if (sessionId === undefined) {
      const seen = await visible.repo(who, repo);
      return seen.ok ? { ok: true, repoId: seen.repo.id, sha: null } : seen;
    }
    const seen = await visible.session(who, sessionId);
    if (!seen.ok) return seen;
    const { repo: repoId, refSha, baseSha } = seen.meta;
    if (repoId === null) return failure('repo_unknown', 'This session has no repository yet.');
    return { ok: true, repoId, sha: refSha ?? baseSha };
  }
}
