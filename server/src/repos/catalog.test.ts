import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseReposFile, RepoCatalog } from './catalog.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-catalog-'));
  path = join(dir, 'repos.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const file = (...repos: object[]) => JSON.stringify({ repos });
const shop = { id: 'shop', url: 'https://github.com/acme/shop.git', aliases: ['checkout', 'store'] };
const blog = { id: 'blog', url: '/srv/blog.git', aliases: ['store'] };

test.each([
  ['{', /not JSON/],
  ['{"repos":[{"id":"a b","url":"x"}]}', /repos\.0\.id/],
  ['{"repos":[{"id":"a"}]}', /repos\.0\.url/],
  ['{"repos":[{"id":"a","url":"x","aliasses":[]}]}', /aliasses/],
  [file(shop, shop), /unique/],
])('%s is refused with the key that is wrong', (text, wanted) => {
  expect(() => parseReposFile('repos.json', text)).toThrow(wanted);
});

test('a repository is found by its id, or by an alias that only it has', async () => {
  await writeFile(path, file(shop, blog));
  const catalog = new RepoCatalog(path, 'github.com', () => {});
  await catalog.start();
  expect(catalog.find('shop')?.id).toBe('shop');
  expect(catalog.find('Checkout')?.id).toBe('shop');
  expect(catalog.find('store')).toBeNull();
  expect(catalog.list().map(repo => catalog.hostOf(repo))).toEqual(['github', 'local']);
  await catalog.close();
});

test('a change of the file is taken; a broken one keeps what was known in service', async () => {
  await writeFile(path, file(shop));
  const changes: (Error | null)[] = [];
  let wake = () => {};
  const catalog = new RepoCatalog(path, 'github.com', error => {
    changes.push(error);
    wake();
  });
  const changed = () => new Promise<void>(resolve => (wake = resolve));
  await catalog.start();
  let next = changed();
  await writeFile(path, '{ broken');
  await next;
  expect(changes.at(-1)?.message).toContain('not JSON');
  expect(catalog.find('shop')).not.toBeNull();
  next = changed();
  await writeFile(path, file(shop, blog));
  await next;
  expect(changes.at(-1)).toBeNull();
  expect(catalog.find('blog')).not.toBeNull();
  await catalog.close();
});

test('no file is no repositories', async () => {
  const catalog = new RepoCatalog(path, 'github.com', () => {});
  await catalog.start();
  expect(catalog.list()).toEqual([]);
  await catalog.close();
});

test('one of repos.json that was renamed on its host goes on there, until another has its old name', async () => {
  await writeFile(path, file(shop));
  const catalog = new RepoCatalog(path, 'github.com', () => {});
  await catalog.start();
  const url = 'https://github.com/acme/store.git';
  const renamed = { id: 'shop', url, description: '', aliases: [], channels: [], pages: [] };
  const places = ['github.com/acme/shop', 'github.com/acme/store'];
  catalog.setFound([{ ...renamed, places }]);
  expect(catalog.list()).toMatchObject([{ id: 'shop', url, aliases: shop.aliases }]);
  const other = { ...renamed, id: 'acme-shop', url: shop.url, places: places.slice(0, 1) };
  catalog.setFound([{ ...renamed, id: 'store', places }, other]);
  expect(catalog.list()).toMatchObject([
    { id: 'shop', url: shop.url },
    { id: 'store', url },
  ]);
  await catalog.close();
});
