import type { Config } from '../../config.ts';
import { GithubApp } from './app.ts';

/** The GitHub App that the configuration names; null where it names none. */
export function githubAppFrom(config: Config, clock: () => number): GithubApp | null {
  const { GITHUB_APP_ID: appId, githubPrivateKey: privateKey } = config;
  if (!appId || !privateKey) return null;
  const apiUrl = config.GITHUB_API_URL.replace(/\/$/, '');
  const webUrl = config.GITHUB_URL.replace(/\/$/, '');
  return new GithubApp({ appId, privateKey, apiUrl, webUrl }, clock);
}
