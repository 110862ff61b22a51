import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { folderHands } from '../../../test/helpers/folderHands.ts';
import { RepoCatalog } from '../../repos/catalog.ts';
import { localHost } from '../../repos/local.ts';
import { Mirror } from '../../repos/mirror.ts';
import { Repos } from '../../repos/repos.ts';
import { isBeside, submodulesAt, submoduleUrl } from '../../repos/submodules.ts';
import { checkOut, syncTo } from './checkout.ts';
import { lookAtTree } from './workspace.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-submodules-'));
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
const git = (cwd: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'protocol.file.allow=always', ...args],
    {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  ).trim();
const [shop, lib, hidden] = ['shop', 'lib', 'hidden'].map(name => join(root, name)) as [
  string,
  string,
  string,
];
const author = { name: 'Ana', email: 'ana@example.test' };
const branch = 'deckhand/ses_a-1';
let repos: Repos;

function commit(repo: string, text: string): string {
  writeFileSync(join(repo, 'a.txt'), text);
  git(repo, 'add', '-A');
  git(repo, 'commit', '-qm', text);
  return git(repo, 'rev-parse', 'HEAD');
}

beforeAll(async () => {
  for (const repo of [shop, lib, hidden]) {
    git(root, 'init', '-q', '-b', 'main', repo);
    commit(repo, 'first');
  }
  git(shop, 'submodule', '--quiet', 'add', '../lib', 'parts/lib');
  git(shop, 'submodule', '--quiet', 'add', hidden, 'hidden');
  git(shop, 'commit', '-qm', 'submodules');
  const file = join(root, 'repos.json');
  writeFileSync(
    file,
    JSON.stringify({
      repos: [
        { id: 'shop', url: shop },
        { id: 'lib', url: lib },
      ],
    }),
  );
  const catalog = new RepoCatalog(file, 'github.com', () => {});
  await catalog.start();
  await catalog.close();
  mkdirSync(join(root, 'repos'));
  repos = new Repos(catalog, { local: localHost(() => ''), github: null }, join(root, 'repos'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a submodule that is a repository of the catalog is checked out, moves with the base, and any other is left empty', async () => {
  const mirror = repos.mirror('shop');
  expect(await mirror.fetch()).toEqual({ ok: true });
  const work = mkdtempSync(join(root, 'work-'));
  const { hands } = folderHands(work);
  const inside = (...args: string[]) => git(join(work, 'repo'), ...args);
  const base = git(shop, 'rev-parse', 'HEAD');
  expect(await checkOut(hands, mirror, { branch, baseSha: base, refSha: null, author })).toEqual({
    ok: true,
  });
  expect(
    inside('submodule', 'status')
      .split('\n')
      .map(line => line[0]),
  ).toEqual(['-', ' ']);
  expect(inside('status', '--porcelain')).toBe('');
  expect(readFileSync(join(work, 'repo/parts/lib/a.txt'), 'utf8')).toBe('first');

  git(join(shop, 'parts/lib'), 'pull', '-q', '--ff-only', lib, 'main');
  const newer = commit(lib, 'second');
  git(join(shop, 'parts/lib'), 'pull', '-q', lib, 'main');
  const to = commit(shop, 'newer');
  expect(await mirror.fetch()).toEqual({ ok: true });
  // Its mirror does not know that commit yet.
  expect(await repos.mirror('lib').resolve(newer)).toBeNull();
  expect(await syncTo(hands, mirror, { branch, from: base, to, lockFiles: [] })).toMatchObject({ ok: true });
  expect(readFileSync(join(work, 'repo/parts/lib/a.txt'), 'utf8')).toBe('second');
  expect(await lookAtTree(hands)).toMatchObject({ facts: {} });
  writeFileSync(join(work, 'repo/parts/lib/a.txt'), 'edited');
  expect(await lookAtTree(hands)).toMatchObject({ facts: { submodule: ['parts/lib'] } });
});

test('one whose commit is not to be had any more is left empty, and looks unchanged', async () => {
  const mirror = repos.mirror('shop');
  const work = mkdtempSync(join(root, 'work-'));
  const { hands } = folderHands(work);
  const base = git(shop, 'rev-parse', 'HEAD');
  expect(await checkOut(hands, mirror, { branch, baseSha: base, refSha: null, author })).toEqual({
    ok: true,
  });
  expect(readdirSync(join(work, 'repo/parts/lib'))).toContain('a.txt');
  git(shop, 'update-index', '--cacheinfo', `160000,${'1'.repeat(40)},parts/lib`);
  git(shop, 'commit', '-qm', 'a commit that nobody has');
  const to = git(shop, 'rev-parse', 'HEAD');
  expect(await mirror.fetch()).toEqual({ ok: true });
  expect(await syncTo(hands, mirror, { branch, from: base, to, lockFiles: [] })).toMatchObject({ ok: true });
  expect(readdirSync(join(work, 'repo/parts/lib'))).toEqual([]);
  expect(git(join(work, 'repo'), 'status', '--porcelain')).toBe('');
});

test('the facts name submodules and LFS', async () => {
  writeFileSync(join(shop, '.gitattributes'), '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  const sha = commit(shop, 'lfs');
  const mirror = repos.mirror('shop');
  expect(await mirror.fetch()).toEqual({ ok: true });
  const facts = await mirror.facts(sha);
  expect(facts.lfs).toBe(true);
  expect(facts.submodules.map(({ path, url }) => [path, mirror.beside(url)?.repo.id ?? null])).toEqual([
    ['parts/lib', 'lib'],
    ['hidden', null],
  ]);
});

test('a submodule that would lie anywhere but in the tree is none', async () => {
  const at = join(root, 'evil');
  git(root, 'init', '-q', '-b', 'main', at);
  const commitOf = git(lib, 'rev-parse', 'HEAD');
  const paths = ['../out', '.git/hooks', 'a/../../b', '-x', 'good'];
  writeFileSync(
    join(at, '.gitmodules'),
    [...paths, 'x']
      .map((path, n) => `[submodule "${n === 5 ? '../../x' : `s${n}`}"]\n\tpath = ${path}\n\turl = ${lib}\n`)
      .join(''),
  );
  for (const path of ['-x', 'good', 'x'])
    git(at, 'update-index', '--add', '--cacheinfo', `160000,${commitOf},${path}`);
  git(at, 'add', '.gitmodules');
  git(at, 'commit', '-qm', 'evil');
  const read = { git: async (args: string[]) => ({ ok: true as const, stdout: git(at, ...args) }) };
  const found = await submodulesAt(read, git(at, 'rev-parse', 'HEAD'));
  expect(found.map(({ path }) => path)).toEqual(['good']);
});

test('where a submodule is, and whether that is beside', () => {
  expect(submoduleUrl('https://code.example.test/acme/shop.git', '../lib.git')).toBe(
    'https://code.example.test/acme/lib.git',
  );
  expect(submoduleUrl('git@code.example.test:acme/shop.git', '../../other/lib')).toBe(
    'git@code.example.test:other/lib',
  );
  const of = 'https://code.example.test/acme/shop.git';
  expect(isBeside(of, 'git@code.example.test:acme/lib.git')).toBe(true);
  for (const url of [
    'https://code.example.test/other/lib.git',
    'https://elsewhere.test/acme/lib.git',
    'https://code.example.test/acme/../other/lib.git',
    '/srv/acme/lib.git',
    'file:///srv/acme/lib.git',
    'ext::sh -c true',
  ])
    expect(isBeside(of, url)).toBe(false);
  expect(isBeside('/srv/acme/shop.git', '/srv/acme/lib.git')).toBe(false);
});

test('a mirror that lacks an object cannot give out its commit: that is said, and nobody waits', async () => {
  const poor = join(root, 'poor');
  git(root, 'init', '-q', '-b', 'main', poor);
  const sha = commit(poor, 'only here');
  const repo = { id: 'poor', url: poor, description: '', aliases: [], channels: [], pages: [] };
  const mirror = new Mirror(
    repo,
    join(root, 'repos/poor.git'),
    localHost(() => ''),
  );
  expect(await mirror.fetch()).toEqual({ ok: true });
  const blob = git(poor, 'rev-parse', 'HEAD:a.txt');
  rmSync(join(mirror.dir, 'objects', blob.slice(0, 2), blob.slice(2)));
  const { hands } = folderHands(mkdtempSync(join(root, 'work-')));
  expect(await checkOut(hands, mirror, { branch, baseSha: sha, refSha: null, author })).toMatchObject({
    ok: false,
    code: 'repo_unreachable',
    message: `The mirror could not give out commit ${sha}.`,
  });
});
