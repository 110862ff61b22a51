import { once } from 'node:events';
import { connect, createServer as createTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { egressProxy } from '../proxy.ts';
import { openRules, RulesBook } from '../rules/rulesBook.ts';
import { SandboxRules } from '../rules/sandboxRules.ts';
import { egressToken } from '../token.ts';
import {
  asked,
  book,
  credentials,
  get,
  give,
  listening,
  lookedUp,
  openWorld,
  raw,
  reported,
  secret,
  tls,
  tunnel,
  withSecret,
  world,
} from './opened.fixture.ts';

openWorld();

test.each([
  ['another name in the TLS', 'evil.example'],
  ['no name in the TLS', ''],
])('%s than in the CONNECT is cut, and told', async (_, servername) => {
  give(withSecret);
  for (const host of ['other.example', 'api.example'])
    await expect(tls(host, { servername, ca: world.outside.certificate })).rejects.toThrow();
  expect(asked).toEqual([]);
  expect(reported.filter(({ outcome }) => outcome === 'refused')).toEqual([
    expect.objectContaining({ host: 'other.example', reason: expect.stringContaining('SNI') }),
    expect.objectContaining({ host: 'api.example', reason: expect.stringContaining('SNI') }),
  ]);
});

test.each([
  [
    'another host',
    'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    /^HTTP\/1.1 421 [\s\S]*deckhand-egress: deny/i,
  ],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: api.example\r\nHost: evil.example\r\n\r\n', /^HTTP\/1.1 4(00|21) /],
  ['another port', 'GET / HTTP/1.1\r\nHost: api.example:8443\r\n\r\n', /^HTTP\/1.1 421 /],
  ['no host', 'GET / HTTP/1.0\r\n\r\n', /^HTTP\/1.1 421 /],
  [
    'an absolute address',
    'GET https://evil.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  ['a tunnel in the tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: api.example\r\n\r\n', /^$/],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'a length said twice',
    'POST / HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'a header with a line in it',
    'GET / HTTP/1.1\r\nHost: api.example\r\nX: a\n: evil\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'a flood of headers',
    `GET / HTTP/1.1\r\nHost: api.example\r\n${'X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(20_000)}\r\n`,
    /^HTTP\/1.1 431 |^$/,
  ],
])('inside of an opened tunnel %s reaches nobody', async (_, bytes, answer) => {
  give(withSecret);
  expect(await raw('api.example', bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toMatch(
    answer,
  );
  expect(asked).toEqual([]);
});

test('what is hop-by-hop ends here, and an answer cannot break out of its headers', async () => {
  give(withSecret);
  await get('api.example', '/', {
    'Proxy-Authorization': credentials(),
    Upgrade: 'websocket',
    TE: 'trailers',
  });
  expect(Object.keys(asked[0]?.headers ?? {}).toSorted()).toEqual(['accept-encoding', 'connection', 'host']);
  const splitting = createTcp(socket => {
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: split=1\r\nContent-Length: 0\r\n\r\n'),
    );
  });
  const port = await listening(splitting);
  const own = new RulesBook({ required: false });
  const proxy = egressProxy({
    secret,
    rules: {
      ports: new Set([80]),
      lookup: async () => ['203.0.113.80'],
      connect: async () => connect(port, '127.0.0.1'),
    },
    log: () => {},
    book: own,
  });
  const client = connect(await listening(proxy), '127.0.0.1');
  client.write(
    `GET http://split.example/ HTTP/1.1\r\nHost: split.example\r\nProxy-Authorization: ${credentials()}\r\nConnection: close\r\n\r\n`,
  );
  expect(await text(client)).toMatch(/^HTTP\/1.1 502 /);
});

test('what is not listed is refused in words that an agent understands, and its name is not even looked up', async () => {
  give(withSecret);
  const { said } = await tunnel('Registry.Example.:443');
  expect(said).toMatch(/^HTTP\/1.1 403 Refused: registry.example is not on the list/);
  expect(said).toContain('\r\nDeckhand-Egress: deny\r\n');
  expect(said).toMatch(/The people of this session are asked/);
  expect(lookedUp).toEqual([]);
  expect(reported).toEqual([
    expect.objectContaining({
      sandboxId: 'sbx_test',
      host: 'registry.example',
      outcome: 'refused',
      ask: { kind: 'host' },
    }),
  ]);
  for (const host of ['localhost', 'wiki.internal', '203.0.113.9', '[2001:db8::1]'])
    expect((await tunnel(`${host}:443`)).said).toMatch(/Nobody in this session can allow it/);
});

test('nobody is anybody else, and one of whom nothing is known reaches nothing', async () => {
  give({ allow: [{ host: '*' }] }, 'sbx_rich');
  give({ allow: [] });
  const forged = `Basic ${Buffer.from(`sbx_rich:${egressToken(secret, 'sbx_test')}`).toString('base64')}`;
  expect((await tunnel('other.example:443', forged)).said).toMatch(/^HTTP\/1.1 407 /);
  expect((await tunnel('other.example:443')).said).toMatch(/^HTTP\/1.1 403 /);
  expect((await tunnel('other.example:443', credentials('sbx_rich'))).said).toMatch(/^HTTP\/1.1 200 /);
  expect((await tunnel('other.example:443', credentials('sbx_new'))).said).toMatch(/^HTTP\/1.1 503 .*/);
});

test('rules that come while somebody waits for them count for that one', async () => {
  const waiting = tunnel('other.example:443', credentials('sbx_late'));
  setTimeout(() => give({ allow: [{ host: 'other.example' }] }, 'sbx_late'), 10);
  expect((await waiting).said).toMatch(/^HTTP\/1.1 200 /);
});

test('only what can be looked at goes through a tunnel: TLS, and HTTP to the host that it is for', async () => {
  give(withSecret);
  const { socket } = await tunnel('other.example:443');
  socket.write('SSH-2.0-OpenSSH_9\r\n');
  await once(socket, 'close');
  const plain = await tunnel('other.example:80');
  plain.socket.write('GET /x HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n');
  expect(await text(plain.socket)).toContain('hello');
  expect(asked).toEqual([expect.objectContaining({ host: 'plain', line: 'GET /x' })]);
  const fronted = await tunnel('other.example:80');
  fronted.socket.write('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
  expect(await text(fronted.socket)).toMatch(/^HTTP\/1.1 421 /);
});

test('methods and paths hold inside of TLS that is opened for them', async () => {
  give({ allow: [{ host: 'api.example', methods: ['GET'], paths: ['/ok/*'], tls: 'open' }] });
  expect(await get('api.example', '/ok/1')).toMatch(/^HTTP\/1.1 200 /);
  expect(await get('api.example', '/no')).toMatch(/^HTTP\/1.1 403 [\s\S]*allows only some requests/);
  expect(await get('api.example', '/ok/../no')).toMatch(/^HTTP\/1.1 403 /);
  expect(
    await raw('api.example', 'DELETE /ok/1 HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n'),
  ).toMatch(/^HTTP\/1.1 403 /);
  expect(asked.map(({ line }) => line)).toEqual(['GET /ok/1']);
});

test('a withdrawn grant, and one that is over, cut what goes on', async () => {
  give({ grants: [{ host: 'other.example' }] });
  const first = await tls('other.example', { ca: world.outside.certificate });
  give({ grants: [] });
  await once(first, 'close');
  expect((await tunnel('other.example:443')).said).toMatch(/^HTTP\/1.1 403 /);
  give({ grants: [{ host: 'other.example', expiresAtMs: Date.now() + 400 }] });
  const second = await tls('other.example', { ca: world.outside.certificate });
  await once(second, 'close');
  expect((await tunnel('other.example:443')).said).toMatch(/^HTTP\/1.1 403 /);
  // An answer that is still being read over plain HTTP, too.
  give({ grants: [{ host: 'other.example' }] });
  world.answers = (_, response) => void response.write('the first of many');
  const plain = connect(world.proxyPort, '127.0.0.1');
  plain.write(
    `GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\nProxy-Authorization: ${credentials()}\r\n\r\n`,
  );
  await once(plain, 'data');
  give({ grants: [] });
  await once(plain, 'close');
});

test('a newer word is not undone by an older one, and private addresses stay closed whatever the rules say', async () => {
  give({ allow: [] });
  const stale = SandboxRules.parse({
    ...openRules('sbx_test'),
    default: 'allow',
    revision: world.revision - 1,
  });
  expect(book.give(stale)).toBe(false);
  expect((await tunnel('other.example:443')).said).toMatch(/^HTTP\/1.1 403 /);
  give({ allow: [{ host: '*' }] });
  expect((await tunnel('inside.example:443')).said).toMatch(/inside.example is a private address/);
  expect((await tunnel('127.0.0.1:443')).said).toMatch(/loopback/);
});
