import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Decision, Rules, Target } from './decide.ts';

const connectTimeoutMs = 15_000;

/** An open connection to what was decided on: the checked address itself, or a tunnel of the company's proxy. */
export function dial(target: Target, decision: Decision & { allowed: true }, rules: Rules): Promise<Socket> {
  if (decision.address === undefined && rules.upstream) return tunnel(target, rules.upstream);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: decision.address ?? '', port: target.port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), connectTimeoutMs);
    socket.once('error', error => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function tunnel({ host, port }: Target, upstream: URL): Promise<Socket> {
  const { username, password } = upstream;
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: upstream.hostname,
      port: Number(upstream.port) || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(username ? { 'proxy-authorization': `Basic ${basic}` } : {}) },
      timeout: connectTimeoutMs,
    });
    asked.once('connect', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the company's proxy answers ${response.statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(new Error('the company proxy does not answer')));
    asked.once('error', reject);
    asked.end();
  });
}
