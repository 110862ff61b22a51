import { expect, test } from '@jest/globals';
import { RepoCatalog } from '../catalog.ts';
import { foundOf, type Installed, type Known, noteInstalled } from './known.ts';

const on = (githubId: number, fullName: string): Installed => ({
  githubId,
  fullName,
  url: `https://github.com/${fullName}.git`,
  description: '',
  defaultBranch: 'main',
});
/** What the catalog holds after GitHub told these, one after the other: url by id. */
function told(...listings: Installed[][]) {
  const known = listings.reduce<Known[]>(noteInstalled, []);
  const catalog = new RepoCatalog('/nowhere/repos.json', 'github.com', () => {});
  catalog.setFound(foundOf(known));
  return { catalog, urls: Object.fromEntries(catalog.list().map(({ id, url }) => [id, url.slice(19, -4)])) };
}

test('a repository that is renamed or transferred keeps its id, and is found by its new name too', () => {
  const { urls, catalog } = told([on(1, 'acme/shop')], [on(1, 'acme/store')], [on(1, 'globex/mart')]);
  expect(urls).toEqual({ shop: 'globex/mart' });
  expect(catalog.find('mart')?.id).toBe('shop');
});

test('a repository that takes a name that another had gets no sessions of that', () => {
  const { urls } = told([on(1, 'acme/shop')], [on(2, 'acme/shop'), on(1, 'acme/store')]);
  expect(urls).toEqual({ shop: 'acme/store', 'acme-shop': 'acme/shop' });
});

test('two of one name keep their ids when one of them is renamed, in whatever order they come', () => {
  const { urls } = told(
    [on(1, 'acme/shop'), on(2, 'globex/shop')],
    [on(2, 'globex/kiosk'), on(1, 'acme/shop')],
  );
  expect(urls).toEqual({ shop: 'acme/shop', 'globex-shop': 'globex/kiosk' });
});

test('what the App is not installed on is not there, and has its id when it comes back under another name', () => {
  expect(told([on(1, 'acme/shop')], []).urls).toEqual({});
  expect(told([on(1, 'acme/shop')], [], [on(2, 'globex/shop'), on(1, 'acme/store')]).urls).toEqual({
    shop: 'acme/store',
    'globex-shop': 'globex/shop',
  });
});

test('one that was deleted and made anew in its place goes on with its id', () => {
  expect(told([on(1, 'acme/shop')], [on(2, 'acme/shop')]).urls).toEqual({ shop: 'acme/shop' });
});

test('one that moves into the place of one that is gone leaves its id to nobody', () => {
  const before = [on(1, 'acme/shop'), on(2, 'acme/blog')];
  expect(told(before, [on(2, 'acme/shop')], [on(2, 'acme/shop'), on(3, 'globex/shop')]).urls).toEqual({
    blog: 'acme/shop',
    'globex-shop': 'globex/shop',
  });
});
