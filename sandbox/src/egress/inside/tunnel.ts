import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { join } from '../../join.ts';
import type { Target } from '../decide.ts';
import { rawRefusal, refusal, refuse } from '../refusal.ts';
import { canonicalHost } from '../rules/hostNames.ts';
import { opensTls, restricts } from '../rules/sandboxRules.ts';
import type { Leaves } from './authority.ts';
import { type ClientHello, readClientHello } from './clientHello.ts';
import { lookAhead } from './firstBytes.ts';
import { type RelayOptions, relay } from './relay.ts';

export type TunnelOptions = RelayOptions & {
  /** Certificates for hosts whose TLS is opened; undefined while there is no authority. */
  leaves: () => Promise<Leaves> | undefined;
};

type First = { kind: 'tls'; serverName: string | undefined } | { kind: 'http' | 'raw' };
type Inside = { sandboxId: string; target: Target; scheme: 'http' | 'https' };
type Tunnel = { sandboxId: string; target: Target; client: Duplex };

const established = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** What becomes of a CONNECT: straight through, looked at, or opened, as the sandbox's rules say. */
export function tunnels(options: TunnelOptions): (tunnel: Tunnel, head: Buffer) => Promise<void> {
  const { passage } = options;
  const serve = insideServer(options);

  return async ({ sandboxId, target, client }, head) => {
    const { host } = target;
    const passed = await passage.pass(sandboxId, target, { host, scheme: 'tunnel' });
    if (!passed.ok) return void client.end(rawRefusal(passed));
    const { rules, decision } = passed;
    const opens = opensTls(rules, host);
    const held = passage.hold(sandboxId, target, { opened: opens, end: () => client.destroy() });
    if (typeof held !== 'function') return void client.end(rawRefusal(held));
    client.once('close', held);
    if (head.length > 0) client.unshift(head);
    const cut = (reason: string) => {
      passage.refuse(sandboxId, target, refusal(403, reason));
      client.destroy();
    };

    // Where it is opened, each request inside dials for itself.
    const dialed = opens ? undefined : await passage.dial(sandboxId, target, decision, { plain: false });
    if (dialed && !dialed.ok) return void client.end(rawRefusal(dialed));
    client.once('close', () => dialed?.socket.destroy());
    client.write(established);
    if (dialed && !restricts(rules)) return join(client, dialed.socket);

    const first = await lookAhead(client, readFirst);
    if (!first) return void client.destroy();
    if (first.kind === 'http') {
      dialed?.socket.destroy();
      return serve(client, { sandboxId, target, scheme: 'http' });
    }
    if (first.kind === 'tls') {
      const wrong = wrongName(host, first.serverName);
      if (wrong) return cut(wrong);
    }
    const judged = await passage.judged(sandboxId, target, { host, scheme: first.kind });
    if (!judged.ok) return void client.destroy();
    if (dialed) return join(client, dialed.socket);
    if (first.kind !== 'tls') return cut('only TLS and HTTP go to a host whose TLS is opened');
    const leaves = await options.leaves();
    if (!leaves) return cut('there is no authority yet to open its TLS');
    const secureContext = await leaves.for(host);
    const inner = new TLSSocket(client, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
    inner.on('error', () => client.destroy());
    inner.once('close', () => client.destroy());
    serve(inner, { sandboxId, target, scheme: 'https' });
  };
}

function readFirst(bytes: Buffer): First | undefined {
  const hello: ClientHello = readClientHello(bytes);
  if (hello.kind === 'hello') return { kind: 'tls', serverName: hello.serverName };
  if (hello.kind === 'incomplete') return undefined;
  // Broken TLS leads nowhere that we know.
  if (hello.kind === 'broken') return { kind: 'raw' };
  const text = bytes.toString('latin1', 0, 16);
  if (/^[A-Z]{3,10} /.test(text)) return { kind: 'http' };
  return text.length < 11 && /^[A-Z]*$/.test(text) ? undefined : { kind: 'raw' };
}

/** A client that names another host inside would be served that one by whoever serves both. */
function wrongName(host: string, serverName: string | undefined): string | undefined {
  const isAddress = /^[\d.]+$|:/.test(host);
  if (serverName === undefined)
    return isAddress ? undefined : `the tunnel is to ${host}, and its TLS names no host (SNI)`;
  if (canonicalHost(serverName) === host) return undefined;
  return `the tunnel is to ${host}, and its TLS names another host (SNI)`;
}

/** Requests inside of a tunnel, to the host that the tunnel is for and no other. */
function insideServer(options: RelayOptions): (socket: Duplex, inside: Inside) => void {
  const known = new WeakMap<Duplex, Inside>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const inside = known.get(request.socket);
    if (!inside) return void response.destroy();
    const { sandboxId, target, scheme } = inside;
    const url = request.url?.startsWith('/') ? URL.parse(`${scheme}://host.invalid${request.url}`) : null;
    if (!url) return refuse(response, refusal(400, 'inside of a tunnel a request names a path'));
    if (!isFor(request, target, scheme))
      return refuse(
        response,
        options.passage.refuse(
          sandboxId,
          target,
          refusal(421, `the tunnel is to ${target.host}, and a request in it names another host`),
        ),
      );
    await relay(options, { ...inside, path: url.pathname + url.search }, request, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  // A tunnel in a tunnel leads past every rule.
  server.on('connect', (_request, socket) => socket.destroy());
  return (socket, inside) => {
    known.set(socket, inside);
    server.emit('connection', socket);
  };
}

/** One `Host`, and that of the tunnel. */
function isFor(request: IncomingMessage, { host, port }: Target, scheme: 'http' | 'https'): boolean {
  const [named, ...more] = request.headersDistinct.host ?? [];
  if (named === undefined || more.length > 0) return false;
  const [, name = named, said] = /^(.*?)(?::(\d{1,5}))?$/.exec(named) ?? [];
  const usual = scheme === 'http' ? 80 : 443;
  return canonicalHost(name) === host && Number(said ?? usual) === port;
}
