import { DeckhandError } from '@deckhand/shared';
import { tokenEnv } from '../../platform/git.ts';
import type { RepoConfig } from '../catalog.ts';
import type { RepoHost } from '../host.ts';
import type { GithubApp } from './app.ts';
import { type Place, parseGithubUrl } from './place.ts';

/** Repositories that a GitHub App is installed on: read with a token that is kept, written with one of one use. */
export function githubHost(app: GithubApp, { workflows }: { workflows: boolean }): RepoHost {
  const { webUrl } = app.settings;
  return {
    // The App's token is what reaches it, and nothing that may stand beside.
    ownConfiguration: false,
    async gitEnv(repo, access) {
      const place = placeOf(repo);
      const token =
        access === 'read'
          ? await app.token(place, { contents: 'read' })
          : await app.freshToken(place, {
              contents: 'write',
              // Without it GitHub itself refuses what changes a workflow.
              ...(workflows ? { workflows: 'write' as const } : {}),
            });
      return tokenEnv(webUrl, token);
    },
    rejected: repo => app.forget(placeOf(repo)),
    changeUrl(repo, { branch, base }) {
      const { owner, name } = placeOf(repo);
      return `${webUrl}/${owner}/${name}/compare/${base}...${encodeURIComponent(branch)}`;
    },
  };
}

/** Throws where the url is none of GitHub's: the catalog chose this host by it. */
export function placeOf(repo: RepoConfig): Place {
  const place = parseGithubUrl(repo.url);
  if (!place) throw new DeckhandError('repo_unreachable', `${repo.url} is not a GitHub repository url.`);
  return place;
}
