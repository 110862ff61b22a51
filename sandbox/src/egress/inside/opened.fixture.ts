import { once } from 'node:events';
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type Decision, egressProxy } from '../proxy.ts';
import { openRules, RulesBook } from '../rules/rulesBook.ts';
import { SandboxRules } from '../rules/sandboxRules.ts';
import { egressToken } from '../token.ts';
import { createAuthority, createLeaves, type Leaves } from './authority.ts';

export const secret = 'a secret of this test';
export const value = 'the-value-of-the-secret-8c1f';
export const sentinel = 'dhp_sentinel0123456789';
export const book = new RulesBook({ required: true, waitMs: 50 });
export const reported: Decision[] = [];
export const lookedUp: string[] = [];
const servers: Server[] = [];
const clients: Socket[] = [];
type Pem = { certificate: string; key: string };
/** The proxy under test, and the authorities that clients in the sandbox and the proxy trust. */
export const world = {
  proxyPort: 0,
  revision: 0,
  authority: { certificate: '', key: '' } satisfies Pem as Pem,
  outside: { certificate: '', key: '' } satisfies Pem as Pem,
  leaves: undefined as Promise<Leaves> | undefined,
  answers: (_: IncomingMessage, response: ServerResponse): void => void response.end('hello'),
};
/** What hosts were asked. */
export const asked: { host: string; line: string; headers: IncomingMessage['headers']; body: string }[] = [];

export async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

type Given = { allow?: object[]; secrets?: object[]; grants?: object[] };

/** What a sandbox may from now on: by default nothing. */
export const give = ({ allow = [], ...more }: Given, sandboxId = 'sbx_test') =>
  book.give(
    SandboxRules.parse({
      ...openRules(sandboxId),
      layers: [{ default: 'deny', allow, deny: [] }],
      asks: true,
      ...more,
      revision: ++world.revision,
    }),
  );
export const apiSecret = { name: 'TOKEN', sentinel, value, hosts: ['api.example'] };
export const withSecret = {
  allow: [{ host: 'api.example' }, { host: 'other.example' }],
  secrets: [apiSecret],
};

/** All hosts are one server, which has a certificate for each from an authority of its own. */
export function openWorld(): void {
  beforeAll(async () => {
    [world.authority, world.outside] = await Promise.all([
      createAuthority('test'),
      createAuthority('outside'),
    ]);
    world.leaves = createLeaves(world.authority);
    const certificates = await createLeaves(world.outside);
    const handle = async (request: IncomingMessage, response: ServerResponse) => {
      const body = await text(request);
      const host = (request.socket as TLSSocket).servername || 'plain';
      asked.push({ host, line: `${request.method} ${request.url}`, headers: request.headers, body });
      world.answers(request, response);
    };
    const options = {
      SNICallback: (name: string, done: (error: Error | null, context?: never) => void) =>
        void certificates.for(name).then(context => done(null, context as never)),
    };
    const tlsPort = await listening(createHttps(options, (q, r) => void handle(q, r)));
    const plainPort = await listening(createPlain((q, r) => void handle(q, r)));
    const proxy = egressProxy({
      secret,
      rules: {
        ports: new Set([80, 443]),
        ca: world.outside.certificate,
        lookup: async host => {
          lookedUp.push(host);
          return host.startsWith('inside.') ? ['10.0.0.1'] : ['203.0.113.80'];
        },
        connect: async (_address, port) => {
          const socket = connect(port === 443 ? tlsPort : plainPort, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        },
      },
      log: () => {},
      book,
      leaves: () => world.leaves,
      report: decision => reported.push(decision),
    });
    world.proxyPort = await listening(proxy);
  });
  beforeEach(() => {
    for (const list of [reported, lookedUp, asked]) list.splice(0);
    world.answers = (_, response) => response.end('hello');
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
    for (const server of servers) {
      server.close();
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    }
  });
}

export const credentials = (sandboxId = 'sbx_test') =>
  `Basic ${Buffer.from(`${sandboxId}:${egressToken(secret, sandboxId)}`).toString('base64')}`;

/** A tunnel as a client in the sandbox opens it; what the proxy says to the CONNECT, and the socket. */
export async function tunnel(
  authorityText: string,
  shown = credentials(),
): Promise<{ said: string; socket: Socket }> {
  const socket = connect(world.proxyPort, '127.0.0.1');
  clients.push(socket);
  socket.on('error', () => {});
  socket.write(
    `CONNECT ${authorityText} HTTP/1.1\r\nhost: ${authorityText}\r\nproxy-authorization: ${shown}\r\n\r\n`,
  );
  let said = '';
  while (!said.includes('\r\n\r\n')) {
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean];
    if (typeof chunk === 'boolean') break;
    said += chunk.toString();
  }
  if (said.startsWith('HTTP/1.1 200')) return { said, socket };
  return { said: said + (socket.readableEnded ? '' : await text(socket)), socket };
}

export async function tls(
  host: string,
  { servername = host, ca = world.authority.certificate } = {},
): Promise<TLSSocket> {
  const { said, socket } = await tunnel(`${host}:443`);
  if (!said.startsWith('HTTP/1.1 200')) throw new Error(said);
  const secured = connectTls({ socket, ca, ...(servername ? { servername, host: servername } : {}) });
  await once(secured, 'secureConnect');
  return secured;
}

/** Bytes as they are, over TLS through the proxy; all that comes back. */
export async function raw(host: string, bytes: string): Promise<string> {
  const socket = await tls(host);
  socket.on('error', () => {});
  socket.write(bytes);
  return text(socket).catch(() => '');
}

type Headers = Record<string, string>;
export const get = (host: string, path: string, headers: Headers = {}) =>
  raw(
    host,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${Object.entries(headers)
      .map(([name, text]) => `${name}: ${text}\r\n`)
      .join('')}\r\n`,
  );
