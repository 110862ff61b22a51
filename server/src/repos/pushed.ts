import type { RepoCatalog } from './catalog.ts';

/** Repositories of the catalog whose base branch was pushed to, by what a webhook says of the push. */
export function reposPushed(
  catalog: RepoCatalog,
  push: { host: string; repo: string; branch: string; defaultBranch: string },
): string[] {
  const pushed = `${push.host}/${push.repo}`.toLowerCase();
  return catalog
    .list()
    .filter(repo => placeOf(repo.url) === pushed)
    .filter(repo => push.branch === (repo.baseBranch ?? push.defaultBranch))
    .map(repo => repo.id);
}

/** `host/owner/name` of a url that git takes: https, ssh:// or git@host:owner/name. */
const placeOf = (url: string): string =>
  url
    .replace(/^\w+:\/\//, '')
    .replace(/^[^@/]+@/, '')
    .replace(/^([^/:]+):(?!\d)/, '$1/')
    .replace(/(\.git)?\/?$/, '')
    .toLowerCase();
