import type { Logger } from 'pino';
import { compareAndSet } from '../../platform/compareAndSet.ts';
import { every } from '../../platform/every.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { RepoCatalog } from '../catalog.ts';
import type { GithubApp } from './app.ts';
import { githubClient } from './client.ts';
import { foundOf, type Installed, KnownRepos, noteInstalled } from './known.ts';

/** Of all servers: who is told something adds to what the others were told. */
const [key, field] = ['dh:github:known', 'repositories'];
const mostRaces = 20;
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
  const read = async () => {
    const kept = await store.hget(key, field);
    return { kept: kept ?? '', known: kept ? KnownRepos.parse(JSON.parse(kept)) : [] };
  };
  const before = await read().catch(() => null);
  if (before) catalog.setFound(foundOf(before.known));
  const look = async () => {
    const installed = await installedOn(app);
    for (let race = 0; race < mostRaces; race += 1) {
      const { kept, known } = await read();
      const next = noteInstalled(known, installed);
      const written = { key, field, expected: kept, next: JSON.stringify(next) };
      if (!(await compareAndSet(store, written))) continue;
      catalog.setFound(foundOf(next));
      return;
    }
  };
  const looks = every(everyMs, look, error =>
    log.warn(
      { status: (error as { status?: number }).status, reason: (error as Error).message },
      'GitHub did not tell which repositories the App is installed on; what it said last counts',
    ),
  );
  void looks.now();
  // What a webhook tells of may be newer than what a look that is under way has read.
  return { refresh: () => looks.now(), close: () => void looks.stop() };
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
            githubId: Number(repo.id),
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
