import { placeIn, type RepoCatalog } from './catalog.ts';

/** Repositories of the catalog whose base branch was pushed to, by what a webhook says of the push. */
export function reposPushed(
  catalog: RepoCatalog,
  push: { host: string; repo: string; branch: string; defaultBranch: string },
): string[] {
  const pushed = `${push.host}/${push.repo}`.toLowerCase();
  return catalog
    .list()
    .filter(repo => placeIn(repo.url) === pushed)
    .filter(repo => push.branch === (repo.baseBranch ?? push.defaultBranch))
    .map(repo => repo.id);
}
