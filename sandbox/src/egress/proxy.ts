import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decide, parseAuthority, type Rules, type Target } from './decide.ts';
import { type Dialed, dial } from './dial.ts';
import { provenSandbox } from './token.ts';

/** One line of the log: who wanted what and what became of it. No token, no path, no query. */
export type Entry = {
  sandboxId?: string;
  host: string;
  port: number;
  allowed: boolean;
  reason?: string;
  address?: string;
};

export type ProxyOptions = { secret: string; rules: Rules; log: (entry: Entry) => void };

type Answer = ({ ok: true } & Dialed) | { ok: false; status: 407 | 403 | 502; reason: string };

/** An HTTP proxy (CONNECT and absolute-form) that opens only what `decide` allows. */
export function egressProxy({ secret, rules, log }: ProxyOptions): Server {
  const open = async (target: Target, header: string | undefined, plain: boolean): Promise<Answer> => {
    const sandboxId = provenSandbox(secret, header);
    if (!sandboxId) {
      log({ ...target, allowed: false, reason: 'no valid token' });
      return { ok: false, status: 407, reason: 'this proxy serves sandboxes only' };
    }
    const decision = await decide(target, rules);
    if (!decision.allowed) {
      log({ sandboxId, ...target, allowed: false, reason: decision.reason });
      return { ok: false, status: 403, reason: decision.reason };
    }
    const address = decision.viaUpstream ? {} : { address: decision.addresses.join(' ') };
    try {
      const dialed = await dial(target, decision, { rules, plain });
      log({ sandboxId, ...target, allowed: true, ...address });
      return { ok: true, ...dialed };
    } catch (error) {
      const reason = `${target.host} cannot be reached: ${Error.isError(error) ? error.message : error}`;
      log({ sandboxId, ...target, allowed: true, reason, ...address });
      return { ok: false, status: 502, reason };
    }
  };

  const connect = async (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => {});
    const target = parseAuthority(request.url ?? '');
    if (!target) return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const answer = await open(target, request.headers['proxy-authorization'], false);
    if (!answer.ok) return void client.end(rawRefusal(answer.status, answer.reason));
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) client.unshift(head);
    join(client, answer.socket);
  };

  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '');
    if (url?.protocol !== 'http:')
      return refuse(response, 400, 'this is a proxy: ask for an http:// address');
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const target = { host, port: Number(url.port) || 80 };
    const answer = await open(target, request.headers['proxy-authorization'], true);
    if (!answer.ok) return refuse(response, answer.status, answer.reason);
    const outgoing = send({
      createConnection: () => answer.socket,
      method: request.method,
      path: answer.proxied
        ? `http://${url.host}${url.pathname}${url.search}`
        : `${url.pathname}${url.search}`,
      headers: { ...endToEnd(request), ...answer.proxied, host: url.host, connection: 'close' },
    });
    outgoing.on('response', reply => {
      const { connection, 'keep-alive': _, ...headers } = reply.headers;
      response.writeHead(reply.statusCode ?? 502, headers);
      pipeline(reply, response).catch(() => {});
    });
    pipeline(request, outgoing).catch(() => refuse(response, 502, `${host} broke the connection`));
    response.on('close', () => outgoing.destroy());
  };

  const server = createServer((request, response) => void forward(request, response));
  server.on('connect', (request, client, head) => void connect(request, client, head));
  // An upload takes as long as it takes.
  server.requestTimeout = 0;
  return server;
}

function join(a: Duplex, b: Duplex): void {
  // Each direction ends by itself (half-open is allowed); an error ends both.
  pipeline(a, b).catch(() => b.destroy());
  pipeline(b, a).catch(() => a.destroy());
}

const authenticate = 'Basic realm="deckhand"';

function rawRefusal(status: number, reason: string): string {
  const body = `${reason}\n`;
  const challenge = status === 407 ? `Proxy-Authenticate: ${authenticate}\r\n` : '';
  // Most clients show nothing of a refused CONNECT but its first line.
  const line = `HTTP/1.1 ${status} ${status === 403 ? `Refused: ${reason}` : 'Refused'}`.replace(
    /[^\x20-\x7e]/g,
    '?',
  );
  return `${line}\r\n${challenge}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    'content-type': 'text/plain',
    connection: 'close',
    ...(status === 407 ? { 'proxy-authenticate': authenticate } : {}),
  });
  response.end(`${reason}\n`);
}

const hopByHop = /^(proxy-.*|connection|keep-alive|te|trailer|upgrade)$/;

const endToEnd = (request: IncomingMessage) =>
  Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.test(name)));
