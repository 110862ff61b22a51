import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { RepoCatalog } from '../catalog.ts';
import { GithubApp } from './app.ts';
import { startInstalledRepos } from './installed.ts';

type Listed = { id: number; full_name: string };
let listed: Listed[] = [];
/** What GitHub says where it says anything. */
let isAway = false;
let github: Server;
let opened: Awaited<ReturnType<typeof openTestStore>>;
let app: GithubApp;
const closers: (() => void)[] = [];
beforeAll(async () => {
  opened = await openTestStore();
  github = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answers: Record<string, unknown> = {
      '/app/installations': [{ id: 1, suspended_at: null }],
      '/app/installations/1/access_tokens': {
        token: 't',
        expires_at: new Date(Date.now() + 3.6e6).toISOString(),
      },
      '/installation/repositories': {
        repositories: listed.map(({ id, full_name }) => ({
          id,
          full_name,
          clone_url: `https://github.com/${full_name}.git`,
          description: null,
          default_branch: 'main',
          archived: false,
          disabled: false,
        })),
      },
    };
    response.writeHead(isAway ? 401 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[path ?? ''] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(github, 'listening');
  const { port } = github.address() as AddressInfo;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  app = new GithubApp({
    appId: '1',
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    apiUrl: `http://127.0.0.1:${port}`,
    webUrl: 'https://github.com',
  });
});
afterAll(async () => {
  for (const close of closers) close();
  github.closeAllConnections();
  github.close();
  await opened.close();
});

/** A server of the deployment: what it knows is in its catalog. */
async function start() {
  const catalog = new RepoCatalog('/nowhere/repos.json', 'github.com', () => {});
  const log = pino({ level: 'silent' });
  const installed = await startInstalledRepos({ app, catalog, store: opened.connect(), log });
  closers.push(installed.close);
  const urls = () => Object.fromEntries(catalog.list().map(({ id, url }) => [id, url.slice(19, -4)]));
  return { ...installed, catalog, urls };
}

test('a repository that is renamed keeps its id on every server, also on one that starts while GitHub is away', async () => {
  listed = [
    { id: 1, full_name: 'acme/shop' },
    { id: 2, full_name: 'acme/blog' },
  ];
  const first = await start();
  await first.refresh();
  const second = await start();
  await second.refresh();
  expect(second.urls()).toEqual({ shop: 'acme/shop', blog: 'acme/blog' });
  // Renamed, and another takes its name: the webhook reaches one of the servers.
  listed = [
    { id: 1, full_name: 'acme/store' },
    { id: 2, full_name: 'acme/blog' },
    { id: 3, full_name: 'acme/shop' },
  ];
  await first.refresh();
  const after = { shop: 'acme/store', blog: 'acme/blog', 'acme-shop': 'acme/shop' };
  expect(first.urls()).toEqual(after);
  expect(first.catalog.find('store')?.id).toBe('shop');
  isAway = true;
  const third = await start();
  expect(third.urls()).toEqual(after);
  await third.refresh();
  expect(third.urls()).toEqual(after);
  isAway = false;
  await second.refresh();
  expect(second.urls()).toEqual(after);
});

test('servers that are told at once give the same ids', async () => {
  const servers = await Promise.all(Array.from({ length: 5 }, start));
  for (let round = 0; round < 5; round++) {
    listed = [
      { id: 1, full_name: `acme/name-${round}` },
      ...Array.from({ length: 3 }, (_, n) => ({
        id: 100 + round * 3 + n,
        full_name: `team-${n}/name-${round}`,
      })),
    ];
    await Promise.all(servers.map(each => each.refresh()));
    for (const each of servers) await each.refresh();
    const [one, ...others] = servers.map(each => each.urls());
    expect(one?.shop).toBe(`acme/name-${round}`);
    for (const other of others) expect(other).toEqual(one);
  }
});
