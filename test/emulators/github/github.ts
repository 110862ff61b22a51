import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveGit } from '../git.ts';
import { createLfs, type LfsEmulator } from '../lfs.ts';
import { type Apps, createApps } from './apps.ts';
import { callerOf } from './caller.ts';
import { type Checks, createChecks } from './checks.ts';
import { createGitData } from './gitData.ts';
import { createHooks, type Hooks } from './hooks.ts';
import { createOauth, type Oauth } from './oauth.ts';
import { createPeople, type People } from './people.ts';
import { createPulls, type Pulls } from './pulls.ts';
import { sendJson, textOf } from './wire.ts';

export const appId = '4242';

export type Minted = { token: string; repositories: string[]; permissions: Record<string, string> };

export type GithubEmulator = Omit<People, 'handle'> &
  Omit<Pulls, 'handle'> &
  Omit<Checks, 'handle'> & {
    hooks: Hooks;
    apps: Apps;
    lfs: LfsEmulator;
    /** The next requests to its API are told to wait this long (a secondary rate limit). */
    throttle(times: number, seconds: number): void;
    /** From now on (or no more) the App is suspended there: it gets no tokens. */
    suspend(isSuspended: boolean): void;
    /** Tokens that were given so far are good for nothing any more. */
    expireTokens(): void;

    oauth: Omit<Oauth, 'handle'>;
    /** For GITHUB_URL and GITHUB_API_URL. */
    url: string;
    /** PEM, for GITHUB_APP_PRIVATE_KEY. */
    privateKey: string;
    minted: readonly Minted[];
    /** Requests to git that came with no valid token. */
    refused(): number;
    /** From now on this repository is not one of the installation. */
    uninstall(fullName: string): void;
    close(): Promise<void>;
  };

/** The parts of GitHub that Deckhand needs: an App's JWT and installation tokens, git over HTTP, people who sign in. */
export async function startGithub(folder: string, installed: string[]): Promise<GithubEmulator> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const repositories = new Set(installed);
  const minted: Minted[] = [];
  let refused = 0;
  const oauth = createOauth();
  const people = createPeople(oauth.loginOf);
  const hooks = createHooks();
  const checks = createChecks(hooks);
  const pulls = createPulls({
    folder,
    hooks,
    idOf: login => people.person(login).id,
    isMember: (login, repo) => people.person(login).access[repo] !== undefined,
  });
  const gitData = createGitData(folder);
  const lfs = createLfs();
  const apps = createApps({ appId, privateKey, isApp: request => isApp(request, publicKey) });
  let throttled = { times: 0, seconds: 0 };
  let suspended = false;
  let expired = 0;

  const server = createServer((request, response) => {
    const { pathname: path } = new URL(request.url ?? '/', 'http://github');
    if (throttled.times > 0 && path.startsWith('/repos/')) {
      throttled.times -= 1;
      const headers = { 'retry-after': String(throttled.seconds) };
      return sendJson(response, 403, { message: 'You have exceeded a secondary rate limit' }, headers);
    }
    if (oauth.handle(request, response) || people.handle(request, response)) return;
    if (apps.handle(request, response)) return;
    const caller = callerOf(request, { minted: minted.slice(expired), loginOf: oauth.loginOf });
    if (isStale(request)) return sendJson(response, 401, { message: 'Bad credentials' });
    const permission = /^\/repos\/([^/]+\/[^/]+)\/collaborators\/([^/]+)\/permission$/.exec(path);
    if (permission) {
      const level = people.person(permission[2] ?? '').access[permission[1] ?? ''];
      const shown =
        level === undefined ? 'none' : level === 'maintain' ? 'write' : level === 'triage' ? 'read' : level;
      return sendJson(response, 200, { permission: shown });
    }
    if (gitData.handle(request, response, caller)) return;
    if (pulls.handle(request, response, caller) || checks.handle(request, response, caller)) return;
    const { pathname } = new URL(request.url ?? '/', 'http://github');
    const installation = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(pathname)?.[1];
    if (installation || pathname === '/app/installations/7/access_tokens') {
      if (!isApp(request, publicKey)) return sendJson(response, 401, { message: 'Bad credentials' });
      if (suspended) return sendJson(response, 403, { message: 'This installation has been suspended' });
      if (!installation) return void mint(request, response);
      const known = repositories.has(installation);
      return sendJson(response, known ? 200 : 404, known ? { id: 7 } : { message: 'Not Found' });
    }
    if (lfs.handle(request, response, access => mayUse(request, pathname, access === 'write'))) return;
    if (!/\.git\//.test(pathname)) return sendJson(response, 404, { message: 'Not Found' });
    const writes = request.url?.includes('git-receive-pack') ?? false;
    if (!mayUse(request, pathname, writes)) {
      refused += 1;
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      return;
    }
    serveGit(request, response, folder);
  });

  async function mint(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as Omit<Minted, 'token'>;
    const token = `ghs_${crypto.randomUUID().replaceAll('-', '')}`;
    minted.push({ ...body, token });
    sendJson(response, 201, { token, expires_at: new Date(Date.now() + 3_600_000).toISOString(), ...body });
  }

  /** With a token of ours that ended. */
  function isStale(request: IncomingMessage): boolean {
    const { authorization = '' } = request.headers;
    return minted.slice(0, expired).some(({ token }) => authorization.includes(token));
  }

  function mayUse(request: IncomingMessage, pathname: string, writes: boolean): boolean {
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const token = Buffer.from(basic, 'base64').toString().split(':')[1];
    const grant = minted.slice(expired).find(other => other.token === token);
    const name = /\/([^/]+)\.git\//.exec(pathname)?.[1] ?? '';
    if (!grant?.repositories.includes(name)) return false;
    return !writes || grant.permissions.contents === 'write';
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    privateKey,
    oauth,
    ...people,
    ...pulls,
    ...checks,
    hooks,
    apps,
    lfs,
    throttle(times, seconds) {
      throttled = { times, seconds };
    },
    suspend(isSuspended) {
      suspended = isSuspended;
    },
    expireTokens() {
      expired = minted.length;
    },
    minted,
    refused: () => refused,
    uninstall: fullName => void repositories.delete(fullName),
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** An App proves itself with a JWT that it signed. */
function isApp(request: IncomingMessage, publicKey: string): boolean {
  const jwt = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const signed = createVerify('RSA-SHA256')
    .update(`${header}.${payload}`)
    .verify(publicKey, Buffer.from(signature, 'base64url'));
  const claims = signed
    ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: unknown })
    : null;
  return String(claims?.iss) === appId;
}
