import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { egressProxy } from '../proxy.ts';
import { openRules, RulesBook } from '../rules/rulesBook.ts';
import { SandboxRules } from '../rules/sandboxRules.ts';
import { createAuthority, createLeaves } from './authority.ts';
import {
  apiSecret,
  asked,
  credentials,
  get,
  give,
  listening,
  openWorld,
  reported,
  secret,
  sentinel,
  tls,
  value,
  withSecret,
  world,
} from './opened.fixture.ts';

openWorld();

test('a secret goes out where it is for, over TLS that the proxy opens with its own authority', async () => {
  give(withSecret);
  const basic = `Basic ${Buffer.from(`me:${sentinel}`).toString('base64')}`;
  const answer = await get('api.example', `/a/../b?key=${sentinel}`, {
    Authorization: basic,
    'X-Key': sentinel,
  });
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*hello/);
  expect(asked).toEqual([
    expect.objectContaining({
      host: 'api.example',
      line: `GET /b?key=${value}`,
      headers: expect.objectContaining({
        authorization: `Basic ${Buffer.from(`me:${value}`).toString('base64')}`,
        'x-key': value,
        host: 'api.example',
        'accept-encoding': 'identity',
      }),
    }),
  ]);
  expect(reported).toEqual([
    expect.objectContaining({ host: 'api.example', outcome: 'allowed', secrets: ['TOKEN'] }),
  ]);
});

test('elsewhere a sentinel stays what it is, and the TLS of other hosts is their own', async () => {
  give(withSecret);
  const socket = await tls('other.example', { ca: world.outside.certificate });
  socket.write(
    `GET / HTTP/1.1\r\nHost: other.example\r\nAuthorization: ${sentinel}\r\nConnection: close\r\n\r\n`,
  );
  expect(await text(socket)).toContain('hello');
  expect(asked[0]).toMatchObject({ host: 'other.example', headers: { authorization: sentinel } });
  // Nor over plain HTTP, where everybody on the way would read it.
  const plain = connect(world.proxyPort, '127.0.0.1');
  plain.write(
    `GET http://api.example/ HTTP/1.1\r\nHost: api.example\r\nProxy-Authorization: ${credentials()}\r\nX-Key: ${sentinel}\r\nConnection: close\r\n\r\n`,
  );
  expect(await text(plain)).toContain('hello');
  expect(asked[1]?.headers).toMatchObject({ 'x-key': sentinel });
  expect(JSON.stringify(asked)).not.toContain(value);
});

test('a host that does not show a good certificate gets nothing', async () => {
  give({ allow: [{ host: '*' }], secrets: [{ ...apiSecret, hosts: ['api.example', 'bad.example'] }] });
  const before = world.outside.certificate;
  // The proxy trusts `outside`; this one is from nobody.
  const nobody = await createLeaves(await createAuthority('nobody'));
  const bad = createHttps({
    SNICallback: (name, done) => void nobody.for(name).then(context => done(null, context)),
  });
  const badPort = await listening(bad);
  const own = new RulesBook({ required: false });
  own.give(SandboxRules.parse({ ...openRules('sbx_test'), secrets: [apiSecret], revision: 1 }));
  const proxy = egressProxy({
    secret,
    rules: {
      ports: new Set([443]),
      ca: before,
      lookup: async () => ['203.0.113.80'],
      connect: async () => {
        const socket = connect(badPort, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      },
    },
    log: () => {},
    book: own,
    leaves: () => world.leaves,
  });
  const kept = world.proxyPort;
  world.proxyPort = await listening(proxy);
  try {
    expect(await get('api.example', '/', { Authorization: sentinel })).toMatch(/^HTTP\/1.1 502 /);
  } finally {
    world.proxyPort = kept;
  }
});

test('an answer that holds the value is masked: headers, chunks, gzip though nobody asked for it', async () => {
  give(withSecret);
  world.answers = (_, response) => {
    response.writeHead(302, {
      Location: `https://evil.example/?k=${value}`,
      'Set-Cookie': [`a=${value}`, 'b=1'],
    });
    for (const piece of `x${value}y${Buffer.from(`u:${value}`).toString('base64')}`) response.write(piece);
    response.end();
  };
  const echoed = await get('api.example', '/');
  expect(echoed).not.toContain(value);
  expect(echoed).toMatch(new RegExp(`location: https://evil.example/\\?k=${sentinel}`, 'i'));
  world.answers = (_, response) => {
    response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' });
    response.end(gzipSync(`in gzip ${value}`));
  };
  const zipped = await get('api.example', '/', { 'Accept-Encoding': 'gzip', Range: 'bytes=0-3' });
  expect(zipped).toContain(`in gzip ${sentinel}`);
  expect(zipped).not.toMatch(/content-encoding/i);
  expect(asked.at(-1)?.headers).not.toHaveProperty('range');
  world.answers = (_, response) => {
    response.writeHead(200, { 'Content-Encoding': 'unheard-of' });
    response.end(value);
  };
  expect(await get('api.example', '/')).toMatch(/^HTTP\/1.1 502 [\s\S]*answers in unheard-of/);
});

test('a redirect to another host takes no value there', async () => {
  give(withSecret);
  world.answers = (request, response) =>
    request.url === '/go'
      ? response.writeHead(307, { Location: 'https://other.example/caught' }).end()
      : response.end('caught');
  expect(await get('api.example', '/go', { Authorization: `Bearer ${sentinel}` })).toContain('307');
  const socket = await tls('other.example', { ca: world.outside.certificate });
  socket.write(
    `GET /caught HTTP/1.1\r\nHost: other.example\r\nAuthorization: Bearer ${sentinel}\r\nConnection: close\r\n\r\n`,
  );
  await text(socket);
  expect(asked.at(-1)).toMatchObject({
    host: 'other.example',
    headers: { authorization: `Bearer ${sentinel}` },
  });
});

test('a secret that waits for a yes: refused, asked for, and used once it was given', async () => {
  const { value: _, ...waiting } = apiSecret;
  give({ ...withSecret, secrets: [waiting] });
  expect(await get('api.example', '/', { Authorization: sentinel })).toMatch(
    /^HTTP\/1.1 403 [\s\S]*the secret TOKEN may not be used[\s\S]*are asked/,
  );
  expect(reported.at(-1)).toMatchObject({ outcome: 'refused', ask: { kind: 'secret', name: 'TOKEN' } });
  give(withSecret);
  expect(await get('api.example', '/', { Authorization: sentinel })).toMatch(/^HTTP\/1.1 200 /);
});
