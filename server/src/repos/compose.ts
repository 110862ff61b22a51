import { join } from 'node:path';
import type { Logger } from 'pino';
import { RepoCatalog } from './catalog.ts';
import type { GithubApp } from './github/app.ts';
import { githubAppFrom } from './github/fromConfig.ts';
import { githubHost } from './github/host.ts';
import { localHost } from './local.ts';
import { Repos } from './repos.ts';

/** Of the configuration, what repositories go by. */
export type RepoSettings = Parameters<typeof githubAppFrom>[0] & {
  reposFile: string;
  dataDir: string;
  GITHUB_URL: string;
  DECKHAND_ALLOW_WORKFLOWS: boolean;
};

export type RepoServices = {
  catalog: RepoCatalog;
  /** Null: this server has no GitHub App. */
  githubApp: GithubApp | null;
  repos: Repos;
  /** Calls back when repos.json has others. */
  onChanged(heard: () => void): void;
  close(): void;
};

/** The repositories that this server knows, and where they live. */
export async function openRepos({
  config,
  publicUrl,
  clock,
  log,
}: {
  config: RepoSettings;
  publicUrl: () => string;
  clock: () => number;
  log: Logger;
}): Promise<RepoServices> {
  let changed = () => {};
  const catalog = new RepoCatalog(config.reposFile, new URL(config.GITHUB_URL).host, error => {
    if (error) log.error({ err: error }, 'repos.json was not taken; what was known before stays in service');
    else changed();
  });
  await catalog.start();
  const local = localHost(publicUrl);
  const githubApp = githubAppFrom(config, clock);
  const github = githubApp && githubHost(githubApp, { workflows: config.DECKHAND_ALLOW_WORKFLOWS });
  return {
    catalog,
    githubApp,
    repos: new Repos(catalog, { local, github }, join(config.dataDir, 'repos')),
    onChanged: heard => {
      changed = heard;
    },
    close: () => catalog.close(),
  };
}
