import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcp, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Rules } from './decide.ts';
import { egressProxy } from './proxy.ts';
import { egressToken } from './token.ts';

/** The company's proxy, on loopback. It leads nowhere: all that is looked at is how it is asked. */
const asked: {
  method?: string;
  url?: string;
  authorization?: string | undefined;
  host?: string | undefined;
}[] = [];
const company = createServer((incoming, response) => {
  note(incoming);
  response.end('by the company');
});
company.on('connect', (incoming: IncomingMessage, socket: Socket) => {
  note(incoming);
  socket.end('HTTP/1.1 200 OK\r\n\r\ntunnelled');
});
const note = ({ method = '', url = '', headers }: IncomingMessage) =>
  asked.push({ method, url, authorization: headers['proxy-authorization'], host: headers.host });

const secret = 'a secret of this test';
const servers: Server[] = [company];
let upstream: URL;

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The egress proxy under test; its resolver knows public addresses only, and nobody is connected to there. */
async function proxied(more: Partial<Rules>): Promise<number> {
  const rules: Rules = {
    ports: new Set([80, 443]),
    lookup: async () => ['203.0.113.80', '203.0.113.81'],
    connect: async () => {
      throw new Error('nobody is there');
    },
    ...more,
  };
  const server = egressProxy({ secret, rules, log: () => {} });
  servers.push(server);
  return listening(server);
}

const credentials = () =>
  `Basic ${Buffer.from(`sbx_test:${egressToken(secret, 'sbx_test')}`).toString('base64')}`;

async function get(port: number, url: string): Promise<{ status: number | undefined; body: string }> {
  const headers = { 'proxy-authorization': credentials(), host: new URL(url).host };
  const sent = request({ host: '127.0.0.1', port, path: url, headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body };
}

beforeAll(async () => {
  upstream = new URL(`http://us%40er:pass@127.0.0.1:${await listening(company)}`);
});
beforeEach(() => void asked.splice(0));
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

test('plain HTTP is asked of an upstream proxy by its whole address, never by a tunnel to port 80', async () => {
  const port = await proxied({ upstream });
  const answer = await get(port, 'http://public.example/a?b=c');
  expect(answer).toEqual({ status: 200, body: 'by the company' });
  const authorization = `Basic ${Buffer.from('us@er:pass').toString('base64')}`;
  expect(asked).toEqual([
    { method: 'GET', url: 'http://public.example/a?b=c', authorization, host: 'public.example' },
  ]);
});

test('TLS goes through a tunnel of it', async () => {
  const port = await proxied({ upstream });
  const socket = connect({ host: '127.0.0.1', port });
  socket.write(
    `CONNECT public.example:443 HTTP/1.1\r\nhost: public.example:443\r\nproxy-authorization: ${credentials()}\r\n\r\n`,
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toContain('200 Connection Established');
  expect(text).toContain('tunnelled');
  expect(asked.map(({ method, url }) => [method, url])).toEqual([['CONNECT', 'public.example:443']]);
});

test('what NO_PROXY names goes there by itself, and to no address that was not checked', async () => {
  const target = createTcp(socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere'));
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const tried: string[] = [];
  // The first address has no way to it: the second is tried.
  const open = async (address: string): Promise<Socket> => {
    tried.push(address);
    if (tried.length === 1) throw new Error('no route');
    const socket = connect((target.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const port = await proxied({ upstream, noProxy: ['public.example', '.local.example'], connect: open });
  expect(await get(port, 'http://a.public.example/')).toEqual({ status: 200, body: 'here' });
  expect(tried).toEqual(['203.0.113.80', '203.0.113.81']);
  expect(asked).toEqual([]);
  expect((await get(port, 'http://notpublic.example/')).body).toBe('by the company');
  target.close();
});
