import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { serveOpenProxy } from './open-proxy.ts';

test('a request without credentials reaches the egress proxy with those of the sandbox, and a tunnel is one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'open-proxy-'));
  const socket = join(dir, 'proxy.sock');
  const seen: (string | undefined)[] = [];
  const egress = createHttpServer((asked, answer) => {
    seen.push(`${asked.method} ${asked.url} ${asked.headers['proxy-authorization']}`);
    answer.end('answered');
  });
  egress.on('connect', (asked, stream, first) => {
    seen.push(`${asked.method} ${asked.url} ${asked.headers['proxy-authorization']}`);
    stream.write('HTTP/1.1 200 OK\r\n\r\n');
    stream.write(first);
    stream.pipe(stream);
  });
  await new Promise<void>(resolve => egress.listen(socket, resolve));
  const server = serveOpenProxy({ proxy: 'http://sbx_a:to%2Bken@127.0.0.1:3128', socket, port: 0 });
  await new Promise(resolve => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;

  const text = await new Promise<string>((resolve, reject) => {
    const headers = { 'proxy-authorization': 'Basic bm9ib2R5', connection: 'keep-alive' };
    const asking = request({ port, host: '127.0.0.1', path: 'http://example.test/a', headers }, answer => {
      let body = '';
      answer.on('data', piece => {
        body += piece;
      });
      answer.on('end', () => resolve(`${body} ${answer.headers.connection}`));
    });
    asking.on('error', reject).end();
  });
  expect(text).toBe('answered close');

  const tunnel = connect(port, '127.0.0.1');
  // The head comes in pieces, as it may.
  tunnel.write('CONNECT example.test:443 HTTP/1.1\r\nHost: exam');
  tunnel.write('ple.test:443\r\n\r\nhello');
  let back = '';
  for await (const piece of tunnel) {
    back += piece;
    if (back.endsWith('hello')) break;
  }
  expect(back).toBe('HTTP/1.1 200 OK\r\n\r\nhello');
  const credentials = `Basic ${Buffer.from('sbx_a:to+ken').toString('base64')}`;
  expect(seen).toEqual([
    `GET http://example.test/a ${credentials}`,
    `CONNECT example.test:443 ${credentials}`,
  ]);
  server.close();
  egress.closeAllConnections();
  egress.close();
  rmSync(dir, { recursive: true });
});
