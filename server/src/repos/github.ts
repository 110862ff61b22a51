import { DeckhandError } from '@deckhand/shared';
import { App } from '@octokit/app';
import { Octokit } from '@octokit/core';
import type { RepoConfig } from './catalog.ts';
import { tokenEnv } from './git.ts';
import type { RepoHost } from './host.ts';

export type GithubConfig = { appId: string; privateKey: string; apiUrl: string; webUrl: string };

/** `owner/name` of a GitHub url in any of the forms that git takes. */
export function parseGithubUrl(url: string): { owner: string; name: string } | null {
  const match = /[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(url);
  return match?.[1] && match[2] ? { owner: match[1], name: match[2] } : null;
}

/**
 * Repositories that a GitHub App is installed on. Tokens are minted per use, for that repository and the least
 * permissions. The pull request itself and user identity are not here yet: the change is the pushed branch.
 */
export function githubHost(config: GithubConfig): RepoHost {
  const app = new App({
    appId: config.appId,
    privateKey: config.privateKey,
    Octokit: Octokit.defaults({ baseUrl: config.apiUrl }),
  });

  const partsOf = (repo: RepoConfig) => {
    const parts = parseGithubUrl(repo.url);
    if (!parts) throw new DeckhandError('repo_unreachable', `${repo.url} is not a GitHub repository url.`);
    return parts;
  };

  return {
    async gitEnv(repo, access) {
      const { owner, name } = partsOf(repo);
      try {
        const installation = await app.octokit.request('GET /repos/{owner}/{repo}/installation', {
          owner,
          repo: name,
        });
        const minted = await app.octokit.request('POST /app/installations/{installation_id}/access_tokens', {
          installation_id: installation.data.id,
          repositories: [name],
          permissions: { contents: access },
        });
        return tokenEnv(config.webUrl, minted.data.token);
      } catch (error) {
        const status = (error as { status?: number }).status;
        const advice =
          status === 404
            ? `Install the GitHub App on ${owner}/${name}.`
            : 'Check GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_API_URL.';
        throw new DeckhandError(
          'repo_unreachable',
          `GitHub gave no access to ${owner}/${name} (${status ?? 'no answer'}). ${advice}`,
          { cause: error },
        );
      }
    },
    changeUrl(repo, { branch, base }) {
      const { owner, name } = partsOf(repo);
      return `${config.webUrl}/${owner}/${name}/compare/${base}...${encodeURIComponent(branch)}`;
    },
  };
}
