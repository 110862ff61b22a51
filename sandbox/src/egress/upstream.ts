import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from './decide.ts';

/** A silent proxy or address is given up after this. */
export const connectTimeoutMs = 15_000;

const portOf = (upstream: URL) => Number(upstream.port) || (upstream.protocol === 'https:' ? 443 : 80);

/** What the company's proxy asks of who uses it; empty where its address names nobody. */
export function upstreamHeaders({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (!username) return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** A tunnel through the company's proxy, for TLS: what is within it that proxy does not see. */
export function tunnel({ host, port }: Target, upstream: URL): Promise<Socket> {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const request = upstream.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: upstream.hostname,
      port: portOf(upstream),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...upstreamHeaders(upstream) },
      timeout: connectTimeoutMs,
    });
    asked.once('connect', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      if (response.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new Error(`the company's proxy answers ${response.statusCode}`));
    });
    // A proxy may refuse in an ordinary answer, too.
    asked.once('response', response => {
      response.resume();
      reject(new Error(`the company's proxy answers ${response.statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(new Error('the company proxy does not answer')));
    asked.once('error', reject);
    asked.end();
  });
}

/** A connection to the company's proxy itself: plain HTTP is asked for there in absolute form, as most demand it. */
export function dialUpstream(upstream: URL): Promise<Socket> {
  const place = { host: upstream.hostname, port: portOf(upstream) };
  const open =
    upstream.protocol === 'https:'
      ? () => connectTls({ ...place, servername: upstream.hostname })
      : () => connect({ ...place, noDelay: true });
  return opened(open, upstream.protocol === 'https:' ? 'secureConnect' : 'connect');
}

/** Resolves once the connection stands; rejects where it fails or says nothing. */
export function opened(open: () => Socket, event: 'connect' | 'secureConnect' = 'connect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open();
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), connectTimeoutMs);
    socket.once('error', error => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once(event, () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
