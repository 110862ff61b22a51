import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Router } from 'express';
import { pino } from 'pino';
import { createHttpApp } from './app.ts';

const first = Router().get('/both', (_, response) => void response.send('first'));
const second = Router().get(['/both', '/own'], (_, response) => void response.send('second'));
const hosts = () => new Set(['127.0.0.1']);
const log = pino({ level: 'silent' });
const server = createServer(createHttpApp({ hosts, log, routers: [first, second] }));
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

async function answer(path: string, host = '127.0.0.1') {
  const { port } = server.address() as AddressInfo;
  const asked = get({ port, host: '127.0.0.1', path, headers: { host }, agent: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += String(piece);
  return { status: response.statusCode, headers: response.headers, text };
}

test('routers are asked in their order', async () => {
  expect((await answer('/both')).text).toBe('first');
  expect((await answer('/own')).text).toBe('second');
  expect((await answer('/none')).status).toBe(404);
});

test('no page of others may frame ours, hold its window, embed its answers or guess their kind', async () => {
  const { headers } = await answer('/own');
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).toContain("form-action 'self'");
  expect(headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  expect(headers['strict-transport-security']).not.toContain('includeSubDomains');
  expect(headers['x-powered-by']).toBeUndefined();
});

test('a name that is not ours is answered nothing but that', async () => {
  const { status, text } = await answer('/own', 'elsewhere.example');
  expect(status).toBe(400);
  expect(text).toContain('This server is not called elsewhere.example.');
});
