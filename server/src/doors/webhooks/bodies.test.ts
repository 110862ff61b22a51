import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Hint } from '../../changes/hints.ts';
import { webhookRouter } from './github.ts';
import { slackRouter } from './slack.ts';

const secret = 'the-secret';
const mib = 1024 * 1024;
const heard: Hint[][] = [];
let opened: Awaited<ReturnType<typeof openTestStore>>;
let server: Server;
let bot: Server;
let botGot: number[] = [];
beforeAll(async () => {
  opened = await openTestStore();
  bot = createServer(async (asked, response) => {
    const chunks = await Array.fromAsync(asked as AsyncIterable<Buffer>);
    botGot.push(Buffer.concat(chunks).length);
    response.end('taken');
  }).listen(0, '127.0.0.1');
  await once(bot, 'listening');
  const { port } = bot.address() as AddressInfo;
  const app = express();
  app.use(
    webhookRouter({
      store: opened.store,
      webhookSecret: secret,
      onHints: async hints => void heard.push(hints),
    }),
  );
  app.use(slackRouter(() => port));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  for (const each of [server, bot]) {
    each.closeAllConnections();
    each.close();
  }
  await opened.close();
});

const signatureOf = (body: Buffer, by = secret) =>
  `sha256=${createHmac('sha256', by).update(body).digest('hex')}`;
const forgedSignature = `sha256=${'0'.repeat(64)}`;

/** Begins a request from an address of its own, as a proxy would name it. */
function begin(
  path: string,
  headers: Record<string, string>,
): { asked: ClientRequest; answer: Promise<IncomingMessage> } {
  const { port } = server.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, method: 'POST', path, headers, agent: false });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
  });
  answer.catch(() => {});
  asked.on('error', () => {});
  asked.flushHeaders();
  return { asked, answer };
}

async function post(path: string, body: Buffer, headers: Record<string, string> = {}): Promise<number> {
  const { asked, answer } = begin(path, { 'content-length': String(body.length), ...headers });
  asked.end(body);
  return (await answer).statusCode ?? 0;
}

const github = '/api/webhooks/github';
const from = (address: string) => ({ 'x-forwarded-for': address });

test('what GitHub signed is heard, whole or in pieces, up to what GitHub sends', async () => {
  const body = Buffer.from(JSON.stringify({ pad: 'x'.repeat(3 * mib) }));
  const signed = { 'x-hub-signature-256': signatureOf(body), 'x-github-event': 'ping' };
  expect(await post(github, body, signed)).toBe(202);
  const { asked, answer } = begin(github, { 'transfer-encoding': 'chunked', ...signed });
  for (let at = 0; at < body.length; at += mib / 2) asked.write(body.subarray(at, at + mib / 2));
  asked.end();
  expect((await answer).statusCode).toBe(202);
  expect(heard).toHaveLength(2);
});

test('what is said to be too large is refused before any of it comes, and so is what turns out so', async () => {
  const claim = { 'x-hub-signature-256': forgedSignature, ...from('198.51.100.1') };
  const said = begin(github, { ...claim, 'content-length': String(26 * mib) });
  expect((await said.answer).statusCode).toBe(413);
  const unsaid = begin(github, { ...claim, 'transfer-encoding': 'chunked' });
  const chunk = Buffer.alloc(mib);
  let sent = 0;
  const pump = () => {
    while (sent < 200 && unsaid.asked.write(chunk)) sent += 1;
    sent += 1;
    if (sent < 200) unsaid.asked.once('drain', pump);
  };
  pump();
  // Who goes on writing may see the connection closed before the answer.
  const told = await unsaid.answer.then(
    ({ statusCode }) => statusCode,
    () => 'closed',
  );
  expect([413, 'closed']).toContain(told);
  expect(sent).toBeLessThan(60);
});

test('however many large bodies are begun, only two are held, and GitHub is heard beside them', async () => {
  const claim = (n: number) => ({ 'x-hub-signature-256': forgedSignature, ...from(`198.51.100.${n}`) });
  const length = { 'content-length': String(20 * mib) };
  const begun = Array.from({ length: 30 }, (_, n) => begin(github, { ...claim(n), ...length }));
  for (const { asked } of begun) asked.write(Buffer.alloc(19 * mib, 1));
  const body = Buffer.from('{}');
  const signed = { 'x-hub-signature-256': signatureOf(body), 'x-github-event': 'ping' };
  expect(await post(github, body, signed)).toBe(202);
  const unsent = () => begun.map(({ asked }) => asked.socket?.writableLength ?? 0);
  // Two are read as far as they have come; of the others no more than the sockets on the way hold.
  while (unsent().filter(bytes => bytes === 0).length < 2) await sleep(10);
  expect(unsent().filter(bytes => bytes > 8 * mib)).toHaveLength(28);
  for (const { asked } of begun) asked.destroy();
}, 20_000);

test('whoever forges again and again is not listened to any more; others are', async () => {
  const body = Buffer.from('{}');
  const forged = { 'x-hub-signature-256': forgedSignature, ...from('203.0.113.9') };
  for (let n = 0; n < 20; n++) expect(await post(github, body, forged)).toBe(401);
  expect(await post(github, body, forged)).toBe(429);
  const signed = { 'x-hub-signature-256': signatureOf(body), 'x-github-event': 'ping' };
  expect(await post(github, body, { ...signed, ...from('203.0.113.9') })).toBe(429);
  expect(await post(github, body, { ...signed, ...from('203.0.113.10') })).toBe(202);
  expect(await post(github, body, signed)).toBe(202);
});

test('the Slack door passes on what Slack may send, as it is, and nothing larger', async () => {
  botGot = [];
  expect(await post('/slack/events', Buffer.alloc(300 * 1024, 65))).toBe(200);
  const chunked = begin('/slack/events', { 'transfer-encoding': 'chunked' });
  chunked.asked.end(Buffer.alloc(1000, 65));
  expect((await chunked.answer).statusCode).toBe(200);
  expect(botGot).toEqual([300 * 1024, 1000]);
  const said = begin('/slack/events', { 'content-length': String(3 * mib) });
  expect((await said.answer).statusCode).toBe(413);
  const unsaid = begin('/slack/events', { 'transfer-encoding': 'chunked' });
  unsaid.asked.write(Buffer.alloc(4 * mib));
  const told = await unsaid.answer.then(
    ({ statusCode }) => statusCode,
    () => 'closed',
  );
  expect([413, 'closed']).toContain(told);
  expect(botGot).toHaveLength(2);
});
