import { once } from 'node:events';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { boundBodies, mostBodyBytes } from './boundedDoor.ts';

let server: Server;
beforeAll(async () => {
  const receiver = new HTTPReceiver({
    signingSecret: 'secret',
    endpoints: '/slack/events',
    logLevel: LogLevel.ERROR,
  });
  new App({ token: 'xoxb-1', botId: 'B1', botUserId: 'U1', tokenVerificationEnabled: false, receiver });
  server = await receiver.start({ port: 0, host: '127.0.0.1' } as never);
  boundBodies(server);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function post(headers: Record<string, string>, body: string | null): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/slack/events',
    headers,
    agent: false,
  });
  asked.on('error', () => {});
  if (body === null) asked.flushHeaders();
  else asked.end(body);
  const [answer] = (await once(asked, 'response')) as [{ statusCode: number }];
  asked.destroy();
  return answer.statusCode;
}

test('in front of Bolt, what is too large or does not say how large it is is refused before it comes', async () => {
  expect(await post({ 'content-length': String(mostBodyBytes + 1) }, null)).toBe(413);
  expect(await post({ 'transfer-encoding': 'chunked' }, null)).toBe(411);
  // What fits comes to Bolt, which asks for its signature.
  expect(await post({ 'content-length': '2', 'content-type': 'application/json' }, '{}')).toBe(401);
});
