import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';

/** Says of an answer of the egress proxy that it is its own and not of whom was asked. */
export const proxyMark = 'proxy-status';

export class Refused extends Error {}

/** A sandbox's own: what listens in there is asked directly, as the proxy leads to nobody's loopback. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

const headers = {
  'user-agent': 'Mozilla/5.0 (compatible; Deckhand)',
  accept: 'text/markdown,text/html;q=0.9,application/xhtml+xml;q=0.9,text/plain;q=0.8,*/*;q=0.1',
  'accept-encoding': 'gzip, deflate, br',
  connection: 'close',
};
const mostRefusalChars = 500;

/**
 * The answer to one GET, through the proxy (a URL with the credentials that it wants). Rejects with Refused where the
 * proxy leads nobody there, in its own words.
 */
export async function get(
  url: URL,
  proxy: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  if (isLoopback(url) || proxy === undefined) {
    const ask = url.protocol === 'https:' ? secureRequest : request;
    return answerTo(ask(url, { headers, signal, agent: false }));
  }
  const via = new URL(proxy);
  const credentials = {
    'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(via.username)}:${decodeURIComponent(via.password)}`).toString('base64')}`,
  };
  const hop = { host: via.hostname, port: via.port, signal, agent: false as const };
  if (url.protocol === 'http:') {
    const asked = request({
      ...hop,
      path: url.href,
      headers: { ...headers, host: url.host, ...credentials },
    });
    const answer = await answerTo(asked);
    if (answer.headers[proxyMark]?.toString().startsWith('deckhand')) throw await refusal(answer);
    return answer;
  }
  const target = `${url.hostname}:${url.port || 443}`;
  const socket = await tunnelled(
    request({ ...hop, method: 'CONNECT', path: target, headers: { host: target, ...credentials } }),
  );
  const secure = connect({ socket, servername: url.hostname, ALPNProtocols: ['http/1.1'] });
  return answerTo(secureRequest(url, { headers, signal, createConnection: () => secure }));
}

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end();
  });
}

function tunnelled(asked: ClientRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    asked.once('connect', (answer, socket: Socket, head: Buffer) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      const line = (answer.statusMessage ?? '').replace(/^Refused(: )?/, '');
      const body = head.toString('utf8').trim().slice(0, mostRefusalChars);
      reject(new Refused(line || body || `it answers ${answer.statusCode}`));
    });
    asked.once('error', reject);
    asked.end();
  });
}

async function refusal(answer: IncomingMessage): Promise<Refused> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > mostRefusalChars) break;
  }
  return new Refused(text.trim().slice(0, mostRefusalChars));
}
