import type { Logger } from 'pino';
import { z } from 'zod';
import type { Store } from '../../sessions/store/store.ts';
import { type RepoCatalog, RepoConfig } from '../catalog.ts';
import type { GithubApp } from './app.ts';
import { githubClient } from './client.ts';

/** A repository that an installation of the App gives access to. */
type Installed = { fullName: string; url: string; description: string; defaultBranch: string };

const key = 'dh:github:repositories';
const everyMs = 10 * 60_000;
const perPage = 100;
/** Of one installation; who installs the App on more names what they use in repos.json. */
const mostPages = 20;

export type InstalledRepos = { refresh(): Promise<void>; close(): void };

/**
 * Repositories that the App is installed on appear by themselves, beside those of repos.json. What GitHub said last is
 * kept, so that a server that starts while GitHub is away knows them.
 */
export async function startInstalledRepos(deps: {
  app: GithubApp;
  catalog: RepoCatalog;
  store: Store;
  log: Logger;
}): Promise<InstalledRepos> {
  const { app, catalog, store, log } = deps;
  const kept = await store.get(key).catch(() => null);
  if (kept) catalog.setFound(z.array(RepoConfig).parse(JSON.parse(kept)));
  let running: Promise<void> | null = null;
  const look = async () => {
    try {
      const found = (await installedOn(app)).map(toRepo);
      await store.set(key, JSON.stringify(found));
      catalog.setFound(found);
    } catch (error) {
      const { status } = error as { status?: number };
      log.warn(
        { status },
        'GitHub did not tell which repositories the App is installed on; what it said last counts',
      );
    }
  };
  const refresh = () => {
    running ??= look().finally(() => {
      running = null;
    });
    return running;
  };
  void refresh();
  const timer = setInterval(() => void refresh(), everyMs);
  timer.unref();
  return { refresh, close: () => clearInterval(timer) };
}

async function installedOn(app: GithubApp): Promise<Installed[]> {
  const { data: installations } = await app.octokit.request('GET /app/installations', { per_page: perPage });
  const found: Installed[] = [];
  for (const { id, suspended_at } of installations) {
    if (suspended_at) continue;
    const { data: minted } = await app.octokit.request(
      'POST /app/installations/{installation_id}/access_tokens',
      { installation_id: id, permissions: { metadata: 'read' } },
    );
    const octokit = githubClient({ baseUrl: app.settings.apiUrl, auth: minted.token });
    for (let page = 1; page <= mostPages; page += 1) {
      const { data } = await octokit.request('GET /installation/repositories', { per_page: perPage, page });
      for (const repo of data.repositories)
        if (!repo.archived && !repo.disabled)
          found.push({
            fullName: repo.full_name,
            url: repo.clone_url,
            description: repo.description ?? '',
            defaultBranch: repo.default_branch,
          });
      if (data.repositories.length < perPage) break;
    }
  }
  return found;
}

/** Its name is its id; where two owners have one of that name the catalog tells them apart. */
const toRepo = ({ fullName, url, description, defaultBranch }: Installed): RepoConfig =>
  RepoConfig.parse({ id: fullName.split('/')[1], url, description, baseBranch: defaultBranch });
