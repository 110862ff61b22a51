import { type ChildProcess, spawn } from 'node:child_process';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const appId = '4242';

export type Minted = { token: string; repositories: string[]; permissions: Record<string, string> };

export type GithubEmulator = {
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

/** The parts of GitHub that an App needs to clone and push: its JWT, installation tokens, git over HTTP. */
export async function startGithub(folder: string, installed: string[]): Promise<GithubEmulator> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const repositories = new Set(installed);
  const minted: Minted[] = [];
  let refused = 0;

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://github');
    const installation = /^\/repos\/([^/]+\/[^/]+)\/installation$/.exec(pathname)?.[1];
    if (installation || pathname === '/app/installations/7/access_tokens') {
      if (!isApp(request, publicKey)) return json(response, 401, { message: 'Bad credentials' });
      if (!installation) return void mint(request, response);
      const known = repositories.has(installation);
      return json(response, known ? 200 : 404, known ? { id: 7 } : { message: 'Not Found' });
    }
    if (!/\.git\//.test(pathname)) return json(response, 404, { message: 'Not Found' });
    const writes = request.url?.includes('git-receive-pack') ?? false;
    if (!mayUse(request, pathname, writes)) {
      refused += 1;
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      return;
    }
    serveGit(request, response, folder);
  });

  async function mint(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as Omit<Minted, 'token'>;
    const token = `ghs_${crypto.randomUUID().replaceAll('-', '')}`;
    minted.push({ ...body, token });
    json(response, 201, { token, expires_at: new Date(Date.now() + 3_600_000).toISOString(), ...body });
  }

  function mayUse(request: IncomingMessage, pathname: string, writes: boolean): boolean {
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const token = Buffer.from(basic, 'base64').toString().split(':')[1];
    const grant = minted.find(other => other.token === token);
    const name = /\/([^/]+)\.git\//.exec(pathname)?.[1] ?? '';
    if (!grant?.repositories.includes(name)) return false;
    return !writes || grant.permissions.contents === 'write';
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    privateKey,
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

/** git's own server, as CGI. */
function serveGit(request: IncomingMessage, response: ServerResponse, folder: string): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://github');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'app',
      ...(request.headers['content-encoding']
        ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }
        : {}),
      ...(request.headers['git-protocol'] ? { GIT_PROTOCOL: String(request.headers['git-protocol']) } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  void relay(backend, response);
}

async function relay(backend: ChildProcess, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of backend.stdout ?? []) {
    if (begun) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk as Buffer]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) continue;
    begun = true;
    const headers = head.subarray(0, end).toString().split('\r\n');
    const status = headers.find(line => /^status:/i.test(line));
    const fields = headers.filter(line => line !== status).map(line => line.split(/:\s*/, 2));
    response.writeHead(Number(status?.split(/\s+/)[1] ?? 200), Object.fromEntries(fields));
    response.write(head.subarray(end + 4));
  }
  response.end();
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
