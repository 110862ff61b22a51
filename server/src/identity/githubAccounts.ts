import { Octokit } from '@octokit/core';
import {
  deleteToken,
  exchangeWebFlowCode,
  getWebFlowAuthorizationUrl,
  refreshToken,
} from '@octokit/oauth-methods';
import type { Place } from '../repos/github/place.ts';
import type { GithubAccount } from './identity.ts';

/** What GitHub gave us to act as somebody. Null: it does not expire, or cannot be renewed. */
export type TokenSet = {
  token: string;
  expiresAtMs: number | null;
  refreshToken: string | null;
  refreshExpiresAtMs: number | null;
};

export type Access = 'nothing' | 'read' | 'write';
export type { Place };

export type GithubSettings = {
  apiUrl: string;
  webUrl: string;
  clientId: string;
  clientSecret: string;
};

const timeoutMs = 10_000;

type Granted = {
  token: string;
  expiresAt?: string;
  refreshToken?: string;
  refreshTokenExpiresAt?: string;
};

const tokensOf = (granted: Granted): TokenSet => ({
  token: granted.token,
  expiresAtMs: granted.expiresAt === undefined ? null : Date.parse(granted.expiresAt),
  refreshToken: granted.refreshToken ?? null,
  refreshExpiresAtMs:
    granted.refreshTokenExpiresAt === undefined ? null : Date.parse(granted.refreshTokenExpiresAt),
});

export type GithubAccounts = ReturnType<typeof githubAccounts>;

/** GitHub as people's own: signing in, and what their tokens show. Failed requests throw (see githubFailures.ts). */
export function githubAccounts({ apiUrl, webUrl, clientId, clientSecret }: GithubSettings) {
  const bare = new Octokit({ baseUrl: apiUrl, userAgent: 'deckhand' });
  const app = { clientType: 'github-app', clientId, clientSecret } as const;
  const timely = () => ({ request: { signal: AbortSignal.timeout(timeoutMs) } });
  const webRequest = (more: object = {}) => bare.request.defaults({ baseUrl: webUrl, ...timely(), ...more });
  /** GitHub as this person. */
  const as = (token: string) => new Octokit({ baseUrl: apiUrl, userAgent: 'deckhand', auth: token });

  return {
    as,

    /** Where a browser is sent to sign in; what comes back carries `state` and a code. */
    authorizeUrl(ask: { state: string; challenge: string; redirectUrl: string }): string {
      const { state, redirectUrl } = ask;
      const made = getWebFlowAuthorizationUrl({
        clientType: 'github-app',
        clientId,
        state,
        redirectUrl,
        allowSignup: false,
        request: webRequest(),
      });
      const url = new URL(made.url);
      url.searchParams.set('code_challenge', ask.challenge);
      url.searchParams.set('code_challenge_method', 'S256');
      return url.href;
    },

    async exchange({ code, verifier, redirectUrl }: { code: string; verifier: string; redirectUrl: string }) {
      const request = webRequest({ code_verifier: verifier });
      const { authentication } = await exchangeWebFlowCode({ ...app, code, redirectUrl, request });
      return tokensOf(authentication);
    },

    async refresh(token: string): Promise<TokenSet> {
      const { authentication } = await refreshToken({ ...app, refreshToken: token, request: webRequest() });
      return tokensOf(authentication);
    },

    /** GitHub forgets a token that we will not use. */
    async forget(token: string): Promise<void> {
      await deleteToken({ ...app, token, request: bare.request.defaults(timely()) });
    },

    async account(token: string): Promise<GithubAccount> {
      const { data } = await as(token).request('GET /user', timely());
      const { id, login, name, avatar_url: avatarUrl } = data;
      return { id: Number(id), login, name: name || login, avatarUrl: avatarUrl || null };
    },

    async isMember(token: string, org: string): Promise<boolean> {
      const { data } = await as(token).request('GET /user/memberships/orgs/{org}', { org, ...timely() });
      return data.state === 'active';
    },

    async isInTeam(token: string, team: { org: string; slug: string; login: string }): Promise<boolean> {
      const { data } = await as(token).request('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', {
        org: team.org,
        team_slug: team.slug,
        username: team.login,
        ...timely(),
      });
      return data.state === 'active';
    },

    /** What this token may do with a repository. With the `etag` of before, `null` means: as before, and costs nothing. */
    async access(
      token: string,
      place: Place,
      etag: string | null,
    ): Promise<{ access: Access; etag: string | null } | null> {
      try {
        const { data, headers } = await as(token).request('GET /repos/{owner}/{repo}', {
          owner: place.owner,
          repo: place.name,
          headers: etag ? { 'if-none-match': etag } : {},
          ...timely(),
        });
        const { push, maintain, admin } = data.permissions ?? {};
        return { access: push || maintain || admin ? 'write' : 'read', etag: headers.etag ?? null };
      } catch (error) {
        if ((error as { status?: number }).status === 304) return null;
        throw error;
      }
    },
  };
}
