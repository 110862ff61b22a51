import { GithubApp } from './app.ts';

/** Of the configuration, what names a GitHub App. */
export type GithubSettings = {
  GITHUB_APP_ID?: string | undefined;
  githubPrivateKey: string | null;
  GITHUB_API_URL: string;
  GITHUB_URL: string;
};

/** The GitHub App that the configuration names; null where it names none. */
export function githubAppFrom(config: GithubSettings, clock: () => number): GithubApp | null {
  const { GITHUB_APP_ID: appId, githubPrivateKey: privateKey } = config;
  if (!appId || !privateKey) return null;
  const apiUrl = config.GITHUB_API_URL.replace(/\/$/, '');
  const webUrl = config.GITHUB_URL.replace(/\/$/, '');
  return new GithubApp({ appId, privateKey, apiUrl, webUrl }, clock);
}
