import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson, textOf } from './wire.ts';

export const clientId = 'Iv23liTestClient';
export const clientSecret = 'secret-of-the-test-app-5b1d';

type Asked = { redirectUri: string; challenge: string | null; login: string };
type Grant = { login: string; token: string; refreshToken: string; endsAtMs: number };

/** GitHub's sign-in: the page where people say yes, codes, tokens that expire and refresh tokens that work once. */
export type Oauth = {
  /** Who says yes at the page (`?as=` says it for one request); null: whoever is asked says no. */
  approveAs(login: string | null): void;
  /** Of access tokens from now on; GitHub's own is eight hours. */
  lifeSeconds: number;
  /** How long a renewal takes. */
  refreshMs: number;
  /** Renewals that succeeded. */
  refreshes: number;
  /** Renewals that were refused. */
  refusals: number;
  /** Every token that there ever was. */
  issued: readonly string[];
  /** They take the App's authorisation back. */
  revoke(login: string): void;
  /** Who this token belongs to, while it is good. */
  loginOf(token: string): string | null;
  /** True: this request was answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
};

export function createOauth(): Oauth {
  const codes = new Map<string, Asked>();
  const grants = new Set<Grant>();
  const issued: string[] = [];
  let approver: string | null = null;

  const oauth: Oauth = {
    lifeSeconds: 8 * 3600,
    refreshMs: 0,
    refreshes: 0,
    refusals: 0,
    issued,
    approveAs(login) {
      approver = login;
    },
    revoke(login) {
      for (const grant of grants) if (grant.login === login) grants.delete(grant);
    },
    loginOf(token) {
      const grant = [...grants].find(each => each.token === token);
      return grant && grant.endsAtMs > Date.now() ? grant.login : null;
    },
    handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://github');
      if (url.pathname === '/login/oauth/authorize') authorize(url.searchParams, response);
      else if (url.pathname === '/login/oauth/access_token') void grantTokens(request, response);
      else if (url.pathname === `/applications/${clientId}/token`) void forget(request, response);
      else return false;
      return true;
    },
  };

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== clientId || !URL.canParse(redirectUri)) {
      response.writeHead(404).end('There is no such App');
      return;
    }
    const back = new URL(redirectUri);
    back.searchParams.set('state', query.get('state') ?? '');
    const login = query.get('as') ?? approver;
    if (login === null) back.searchParams.set('error', 'access_denied');
    else {
      const code = crypto.randomUUID().replaceAll('-', '').slice(0, 20);
      codes.set(code, { redirectUri, challenge: query.get('code_challenge'), login });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  async function grantTokens(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as Record<string, string>;
    const refuse = (error: string) =>
      sendJson(response, 200, { error, error_description: error, error_uri: 'https://docs.github.com' });
    if (body.client_id !== clientId || body.client_secret !== clientSecret)
      return refuse('incorrect_client_credentials');
    if (body.grant_type === 'refresh_token') {
      await new Promise(resolve => setTimeout(resolve, oauth.refreshMs));
      const old = [...grants].find(grant => grant.refreshToken === body.refresh_token);
      if (!old) {
        oauth.refusals += 1;
        return refuse('bad_refresh_token');
      }
      // Once it is used, both are good for nothing.
      grants.delete(old);
      oauth.refreshes += 1;
      return give(response, old.login);
    }
    const asked = codes.get(body.code ?? '');
    codes.delete(body.code ?? '');
    if (!asked || !fits(asked.challenge, body.code_verifier)) return refuse('bad_verification_code');
    if (asked.redirectUri !== body.redirect_uri) return refuse('redirect_uri_mismatch');
    give(response, asked.login);
  }

  function give(response: ServerResponse, login: string): void {
    const [token, refreshToken] = ['ghu', 'ghr'].map(
      kind => `${kind}_${crypto.randomUUID().replaceAll('-', '')}`,
    ) as [string, string];
    issued.push(token, refreshToken);
    grants.add({ login, token, refreshToken, endsAtMs: Date.now() + oauth.lifeSeconds * 1000 });
    sendJson(response, 200, {
      access_token: token,
      expires_in: oauth.lifeSeconds,
      refresh_token: refreshToken,
      refresh_token_expires_in: 15_897_600,
      scope: '',
      token_type: 'bearer',
    });
  }

  async function forget(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { access_token: token } = JSON.parse(await textOf(request)) as { access_token: string };
    const basic = /^basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (Buffer.from(basic, 'base64').toString() !== `${clientId}:${clientSecret}`)
      return sendJson(response, 404, { message: 'Not Found' });
    for (const grant of grants) if (grant.token === token) grants.delete(grant);
    response.writeHead(204).end();
  }

  return oauth;
}

const fits = (challenge: string | null, verifier: string | undefined) =>
  challenge === null ||
  (verifier !== undefined && createHash('sha256').update(verifier).digest('base64url') === challenge);
