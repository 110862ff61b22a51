import type { GithubApp } from '../../repos/github/app.ts';
import { placeOf } from '../../repos/github/host.ts';
import type { Place } from '../../repos/github/place.ts';
import type { ChangesDeps } from '../deps.ts';

/** Where a repository's changes are pull requests; null where they are branches. */
export function hostOf(
  { app, repos }: Pick<ChangesDeps, 'app' | 'repos'>,
  repoId: string | null,
): { app: GithubApp; place: Place } | null {
  const repo = repoId === null ? null : repos.catalog.find(repoId);
  return app && repo && repos.catalog.hostOf(repo) === 'github' ? { app, place: placeOf(repo) } : null;
}
