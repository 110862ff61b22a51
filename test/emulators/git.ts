import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LfsEmulator } from './lfs.ts';

/** Bare repositories of a folder over HTTP, which can be made slow. */
export type GitServer = {
  url: string;
  /** Requests from now on wait until what this answers is called; of a service alone where one is named. */
  hold(service?: 'git-receive-pack'): Held;
  /** Answers from now on are cut off after so many bytes; null: they are whole. */
  cutAfter(bytes: number | null): void;
  /** Bytes that it gave out so far. */
  given(): number;
  close(): Promise<void>;
};

export type Held = { release(): void /** Resolves once a request waits. */; reached: Promise<void> };

export async function startGitServer(folder: string, lfs?: LfsEmulator): Promise<GitServer> {
  let given = 0;
  let cut: number | null = null;
  let held: { open: Promise<void>; fits: (url: string) => boolean; reach: () => void } | null = null;
  const server = createServer(async (request, response) => {
    if (held?.fits(request.url ?? '')) {
      held.reach();
      await held.open;
    }
    if (lfs?.handle(request, response)) return;
    serveGit(request, response, folder, { given: bytes => (given += bytes), most: cut });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(service) {
      const open = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      const fits = (url: string) => service === undefined || url.includes(service);
      held = { open: open.promise, fits, reach: reached.resolve };
      return { release: open.resolve, reached: reached.promise };
    },
    cutAfter(bytes) {
      cut = bytes;
    },
    given: () => given,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Limit = { given?: (bytes: number) => void; most?: number | null };

/** git's own server, as CGI. */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  limit: Limit = {},
): void {
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
  void relay(backend, response, limit);
}

async function relay(
  backend: ChildProcess,
  response: ServerResponse,
  { given, most = null }: Limit,
): Promise<void> {
  let sent = 0;
  let head = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of backend.stdout ?? []) {
    if (begun) {
      given?.(chunk.length);
      sent += chunk.length;
      if (most !== null && sent > most) {
        response.write(chunk, () => response.destroy());
        backend.kill();
        return;
      }
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
