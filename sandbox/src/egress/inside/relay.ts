import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import type { Rules, Target } from '../decide.ts';
import type { Passage } from '../passage.ts';
import { type Refusal, refusal, refuse } from '../refusal.ts';
import { secretsFor } from '../rules/sandboxRules.ts';
import { opened } from '../upstream.ts';
import { decompressors } from './decompress.ts';
import { inject } from './inject.ts';
import { createMask, type Mask } from './mask.ts';

/** One request of a sandbox, as the proxy sees it. `path` with its query, normal. */
export type Asked = { sandboxId: string; target: Target; scheme: 'http' | 'https'; path: string };

export type RelayOptions = { passage: Passage; network: Rules };

/** Takes a request to its host and the answer back: made anew on both sides, so that nothing of the wire's form passes. */
export async function relay(
  { passage, network }: RelayOptions,
  { sandboxId, target, scheme, path }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host } = target;
  const method = request.method ?? 'GET';
  const passed = await passage.pass(sandboxId, target, { host, scheme, method, path });
  if (!passed.ok) return refuse(response, passed);
  const secrets = scheme === 'https' ? secretsFor(passed.rules, host) : [];
  const injected = inject(secrets, { headers: endToEnd(request), path });
  if (!injected.ok) {
    const { name } = injected;
    const asked = passed.rules.asks;
    const refused = refusal(403, `the secret ${name} may not be used until somebody says yes`, asked);
    return refuse(
      response,
      passage.refuse(sandboxId, target, refused, asked ? { kind: 'secret', name } : undefined),
    );
  }
  const held = passage.hold(sandboxId, target, { end: () => response.destroy() });
  if (typeof held !== 'function') return refuse(response, held);
  response.once('close', held);
  const way = { plain: scheme === 'http', secrets: injected.used };
  const dialed = await passage.dial(sandboxId, target, passed.decision, way);
  if (!dialed.ok) return refuse(response, dialed);
  const mask = createMask(secrets);
  const headers: OutgoingHttpHeaders = {
    ...injected.headers,
    ...dialed.proxied,
    host: hostHeader(target, scheme),
  };
  headers.connection = 'close';
  if (mask) headers['accept-encoding'] = 'identity';
  // An answer in ranges would give a value away piece by piece.
  if (mask) for (const name of ['range', 'if-range']) delete headers[name];
  try {
    const socket = scheme === 'https' ? await overTls(dialed.socket, host, network) : dialed.socket;
    const url = dialed.proxied ? `http://${hostHeader(target, scheme)}${injected.path}` : injected.path;
    await exchange({ socket, method, path: url, headers, mask }, request, response, target);
  } catch (error) {
    dialed.socket.destroy();
    refuse(response, brokenBy(target, error));
  }
}

const brokenBy = ({ host }: Target, error: unknown): Refusal =>
  refusal(502, `${host} broke the connection: ${Error.isError(error) ? error.message : error}`);

/** To the host itself, whose certificate must be good: nobody in the sandbox sees it any more. */
function overTls(socket: Socket, host: string, { ca }: Rules): Promise<Socket> {
  const isName = !/^[\d.]+$|:/.test(host);
  return opened(
    () =>
      connectTls({
        socket,
        host,
        ALPNProtocols: ['http/1.1'],
        minVersion: 'TLSv1.2',
        ...(isName ? { servername: host } : {}),
        ...(ca ? { ca } : {}),
      }),
    'secureConnect',
  );
}

type Exchange = {
  socket: Socket;
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  mask: Mask | undefined;
};

async function exchange(
  { socket, method, path, headers, mask }: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
): Promise<void> {
  const outgoing = send({ createConnection: () => socket, method, path, headers, setHost: false });
  response.on('close', () => outgoing.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    // E.g. when it changes to another protocol that nobody asked for.
    outgoing.once('close', () => reject(new Error('it gave no answer')));
  });
  // What goes wrong with the upload after the answer began is the answer's to tell.
  pipeline(request, outgoing).catch(() => {});
  await answer(await answered, response, mask, target);
}

async function answer(
  reply: IncomingMessage,
  response: ServerResponse,
  mask: Mask | undefined,
  { host }: Target,
): Promise<void> {
  const { connection: _, 'keep-alive': __, 'proxy-status': ___, 'alt-svc': ____, ...headers } = reply.headers;
  delete headers['deckhand-egress'];
  const status = reply.statusCode ?? 502;
  if (!mask) {
    response.writeHead(status, headers);
    return pipeline(reply, response).catch(() => {});
  }
  const hasBody = reply.headers['content-length'] !== '0' && response.req.method !== 'HEAD' && status !== 304;
  const undo = hasBody ? decompressors(reply.headers['content-encoding']) : [];
  if (!undo) {
    reply.destroy();
    const encoding = reply.headers['content-encoding'];
    return refuse(response, refusal(502, `${host} answers in ${encoding}, in which no secret could be seen`));
  }
  for (const [name, value] of Object.entries(headers))
    headers[name] = Array.isArray(value) ? value.map(mask.text) : value && mask.text(value);
  // Its length is another when something in it is replaced.
  if (hasBody)
    for (const name of ['content-length', 'content-encoding', 'content-md5', 'digest']) delete headers[name];
  response.writeHead(status, headers);
  await pipeline([reply, ...undo, mask.stream(), response]).catch(() => response.destroy());
}

export const hostHeader = ({ host, port }: Target, scheme: 'http' | 'https'): string => {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'http' ? 80 : 443) ? name : `${name}:${port}`;
};

const hopByHop = /^(proxy-.*|connection|keep-alive|te|trailer|upgrade|expect|http2-settings)$/;

/** Without what is between two neighbours only, and without what the request says is such. */
function endToEnd(request: IncomingMessage): OutgoingHttpHeaders {
  const named = new Set(
    (request.headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map(name => name.trim()),
  );
  return Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !hopByHop.test(name) && !named.has(name)),
  );
}
