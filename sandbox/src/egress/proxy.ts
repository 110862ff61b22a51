import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseAuthority, type Rules } from './decide.ts';
import type { Leaves } from './inside/authority.ts';
import { relay } from './inside/relay.ts';
import { tunnels } from './inside/tunnel.ts';
import { type Decision, type Entry, Passage } from './passage.ts';
import { rawRefusal, refusal, refuse } from './refusal.ts';
import { canonicalHost } from './rules/hostNames.ts';
import { RulesBook } from './rules/rulesBook.ts';
import { provenSandbox } from './token.ts';

export type { Decision, Entry } from './passage.ts';

export type ProxyOptions = {
  secret: string;
  /** What nobody may reach, and by which way the rest is reached. */
  rules: Rules;
  log: (entry: Entry) => void;
  /** What each sandbox may; where absent each may reach whatever `rules` let. */
  book?: RulesBook;
  leaves?: () => Promise<Leaves> | undefined;
  report?: (decision: Decision) => void;
};

/** An HTTP proxy (CONNECT and absolute-form) that opens only what `decide` and the sandbox's rules allow. */
export function egressProxy({ secret, rules: network, log, book, leaves, report }: ProxyOptions): Server {
  const passage = new Passage({
    network,
    book: book ?? new RulesBook({ required: false }),
    log,
    report: report ?? (() => {}),
  });
  const relaying = { passage, network };
  const open = tunnels({ ...relaying, leaves: leaves ?? (() => undefined) });

  const connect = async (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => {});
    const said = parseAuthority(request.url ?? '');
    const host = said && canonicalHost(said.host);
    if (!said || host === undefined) return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const target = { host, port: said.port };
    const sandboxId = provenSandbox(secret, request.headers['proxy-authorization']);
    if (!sandboxId) return void client.end(rawRefusal(passage.unknown(target)));
    await open({ sandboxId, target, client }, head);
  };

  const forward = async (request: IncomingMessage, response: ServerResponse) => {
    const url = URL.parse(request.url ?? '');
    const host = url?.protocol === 'http:' ? canonicalHost(url.hostname) : undefined;
    if (!url || host === undefined)
      return refuse(response, refusal(400, 'this is a proxy: ask for an http:// address'));
    const target = { host, port: Number(url.port) || 80 };
    const sandboxId = provenSandbox(secret, request.headers['proxy-authorization']);
    if (!sandboxId) return refuse(response, passage.unknown(target));
    const path = url.pathname + url.search;
    await relay(relaying, { sandboxId, target, scheme: 'http', path }, request, response);
  };

  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  server.on('connect', (request, client, head) => {
    connect(request, client, head).catch(() => client.destroy());
  });
  // An upload takes as long as it takes.
  server.requestTimeout = 0;
  return server;
}
