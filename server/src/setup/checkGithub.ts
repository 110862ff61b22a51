import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckLine, GithubCheck } from '@deckhand/shared';
import type { RepoCatalog } from '../repos/catalog.ts';
import type { GithubApp } from '../repos/github/app.ts';
import { fullName, parseGithubUrl } from '../repos/github/place.ts';
import {
  type AppShown,
  appLines,
  clockLine,
  configLines,
  hookLine,
  type InstallationShown,
  installationLines,
  missing,
  ok,
} from './checkLines.ts';
import type { GithubSettings } from './settings.ts';

export type CheckOptions = {
  config: GithubSettings;
  /** Null: none is configured. */
  app: GithubApp | null;
  catalog: RepoCatalog;
  publicUrl: () => string;
  clock: () => number;
};

/** Less than clients wait for an answer. */
const patienceMs = 15_000;
const perPage = 100;
/** Repositories that are asked about at the same time. */
const atOnce = 8;

/** What is configured, what GitHub says of it, and what is missing. */
export async function checkGithub(options: CheckOptions): Promise<GithubCheck> {
  const late = sleep(patienceMs, [silent(options.config, 'in time')], { ref: false });
  const said = await Promise.race([aboutApp(options), late]);
  const lines = [...said, ...configLines(options.config, options.publicUrl())];
  return { complete: lines.every(({ state }) => state !== 'missing'), lines };
}

async function aboutApp(options: CheckOptions): Promise<CheckLine[]> {
  const { config, app, publicUrl, clock } = options;
  if (!app)
    return [
      missing(
        'App',
        'No GitHub App is configured.',
        `Open ${publicUrl()}/setup/github as an admin, or set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY.`,
      ),
    ];
  try {
    const { data, headers } = await app.octokit.request('GET /app');
    const clockSays = clockLine(Date.parse(String(headers.date)), clock());
    if (!data) return [missing('App', 'GitHub knows no such App.', 'Compare GITHUB_APP_ID.'), clockSays];
    const shown = data as unknown as AppShown;
    const [hookUrl, installations, repositories] = await Promise.all([
      hookOf(app),
      installationsOf(app),
      repositoryLines(options, app),
    ]);
    return [
      ...appLines(config, shown),
      hookLine(publicUrl(), hookUrl),
      ...installationLines(config, shown, installations),
      ...repositories,
      clockSays,
    ];
  } catch (error) {
    return [failedLine(config, error, clock())];
  }
}

const silent = (config: GithubSettings, how: string) =>
  missing(
    'App',
    `${config.GITHUB_API_URL} does not answer ${how}.`,
    'Check GITHUB_API_URL and that this machine reaches it; else try again.',
  );

function failedLine(config: GithubSettings, error: unknown, nowMs: number): CheckLine {
  const { status, response } = error as { status?: number; response?: { headers?: { date?: string } } };
  if (status === undefined) throw error;
  if (status >= 500) return silent(config, `(${status})`);
  const skewed = clockLine(Date.parse(response?.headers?.date ?? ''), nowMs);
  if (skewed.state === 'missing') return skewed;
  return missing(
    'App',
    `GitHub refuses the key of App ${config.GITHUB_APP_ID} (${status}).`,
    'Compare GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY; a new key is made on the App’s page.',
  );
}

/** Null where it has none. */
async function hookOf(app: GithubApp): Promise<string | null> {
  try {
    const { data } = await app.octokit.request('GET /app/hook/config');
    return data.url || null;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return null;
    throw error;
  }
}

async function installationsOf(app: GithubApp): Promise<InstallationShown[]> {
  const found: InstallationShown[] = [];
  for (let page = 1; ; page += 1) {
    const { data } = await app.octokit.request('GET /app/installations', {
      per_page: perPage,
      page,
    });
    for (const { account, permissions, suspended_at, html_url } of data)
      found.push({
        login: loginOf(account),
        permissions: permissions as InstallationShown['permissions'],
        suspended: suspended_at !== null,
        html_url,
      });
    if (data.length < perPage) return found;
  }
}

/** An enterprise has a slug instead. */
const loginOf = (account: { login?: string; slug?: string } | null): string =>
  account?.login ?? account?.slug ?? 'unknown';

/** Repositories of the catalog that no installation covers. */
async function repositoryLines({ catalog }: CheckOptions, app: GithubApp): Promise<CheckLine[]> {
  const repos = catalog.list().filter(repo => catalog.hostOf(repo) === 'github');
  const bare: string[] = [];
  const next = repos.values();
  const work = async () => {
    for (const { url } of next) {
      const place = parseGithubUrl(url);
      if (!place) continue;
      const { owner, name: repo } = place;
      await app.octokit
        .request('GET /repos/{owner}/{repo}/installation', { owner, repo })
        .catch((error: { status?: number }) => {
          if (error.status !== 404 && error.status !== 403) throw error;
          bare.push(fullName(place));
        });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (bare.length === 0) return repos.length === 0 ? [] : [ok('Repositories', `${repos.length} covered.`)];
  const names = bare.toSorted().slice(0, 10).join(', ');
  return [missing('Repositories', `Not covered: ${names}.`, 'Add them to the installation of their owner.')];
}
