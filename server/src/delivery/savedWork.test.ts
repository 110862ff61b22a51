import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { folderBlobs } from '../platform/blobs.ts';
import { readDiff } from '../repos/diff/readDiff.ts';
import { localHost } from '../repos/local.ts';
import { Mirror } from '../repos/mirror.ts';
import type { Repos } from '../repos/repos.ts';
import { receive } from '../sandboxes/untrusted/bounded.ts';
import { noteFork } from './forkedFrom.ts';
import { restoreBundle, takeWork } from './savedWork.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-saved-'));
const sandbox = join(root, 'sandbox');
const origin = join(root, 'origin.git');
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();
const bundleOf = (cwd = sandbox) =>
  execFileSync('git', ['bundle', 'create', '-q', '-', 'refs/deckhand/saved', '^refs/deckhand/base'], { cwd });

const blobs = folderBlobs(join(root, 'blobs'));
mkdirSync(join(root, 'repos'));
const mirror = new Mirror(
  { id: 'x', url: origin, description: '', aliases: [], channels: [], pages: [] },
  join(root, 'repos/x.git'),
  localHost(() => ''),
);
const deps = { blobs, repos: { mirror: () => mirror } as unknown as Repos };
let base: string;
const meta = (id: string) => ({ id, repo: 'x', refSha: null, baseSha: base });
const commit = (text: string) => {
  git(sandbox, 'reset', '-q', '--hard', base);
  writeFileSync(join(sandbox, 'a.txt'), text);
  git(sandbox, 'commit', '-qam', 'work');
  git(sandbox, 'update-ref', 'refs/deckhand/saved', 'HEAD');
  return git(sandbox, 'rev-parse', 'HEAD');
};
const take = (
  id: string,
  content: Buffer | Readable,
  claimed: { sha: string; head?: string; base?: string },
) =>
  takeWork(deps, () => (Buffer.isBuffer(content) ? Readable.from([content]) : content), {
    meta: meta(id),
    claimed: { head: claimed.sha, base, ...claimed },
  });
/** Nothing of what was refused is left anywhere. */
const nothingLeft = () => {
  expect(readdirSync(join(root, 'repos'))).toEqual(['x.git']);
  if (existsSync(join(root, 'blobs/aside'))) expect(readdirSync(join(root, 'blobs/aside'))).toEqual([]);
};

beforeAll(async () => {
  mkdirSync(sandbox);
  git(sandbox, 'init', '-q', '-b', 'main');
  writeFileSync(join(sandbox, 'a.txt'), 'base\n');
  git(sandbox, 'add', '-A');
  git(sandbox, 'commit', '-qm', 'base');
  base = git(sandbox, 'rev-parse', 'HEAD');
  git(sandbox, 'update-ref', 'refs/deckhand/base', 'HEAD');
  git(root, 'clone', '-q', '--bare', sandbox, origin);
  expect(await mirror.fetch()).toMatchObject({ ok: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('honest work is kept, and found by its session, its forks and their forks', async () => {
  const sha = commit('honest\n');
  expect(await take('ses_honest', bundleOf(), { sha })).toEqual({ ok: true });
  expect(await mirror.resolve('refs/deckhand/ses_honest')).toBe(sha);
  await noteFork(blobs, { from: 'ses_honest', to: 'ses_fork' });
  await noteFork(blobs, { from: 'ses_fork', to: 'ses_again' });
  git(mirror.dir, 'update-ref', '-d', 'refs/deckhand/ses_honest');
  expect(await restoreBundle(deps, { sessionId: 'ses_again', repoId: 'x', sha })).toEqual({ ok: true });
  expect(await mirror.resolve('refs/deckhand/ses_again')).toBe(sha);
  nothingLeft();
});

test('what the version before kept by commit alone is still found', async () => {
  const sha = commit('former\n');
  await blobs.put(`bundles/${sha}.bundle`, bundleOf());
  expect(await restoreBundle(deps, { sessionId: 'ses_former', repoId: 'x', sha })).toEqual({ ok: true });
});

test('a session that names another’s commit neither overwrites nor gets it', async () => {
  const sha = commit('mine\n');
  expect(await take('ses_mine', bundleOf(), { sha })).toEqual({ ok: true });
  const kept = readFileSync(join(root, `blobs/bundles/ses_mine/${sha}.bundle`));
  const other = commit('other\n');
  const named = Buffer.from(bundleOf().toString('latin1').replace(other, sha), 'latin1');
  expect(await take('ses_thief', named, { sha })).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect(await mirror.resolve('refs/deckhand/ses_thief')).toBeNull();
  expect(readFileSync(join(root, `blobs/bundles/ses_mine/${sha}.bundle`))).toEqual(kept);
  nothingLeft();
});

test('a bundle of another commit than was named, a head outside of it and an invented base are refused', async () => {
  const sha = commit('named\n');
  const bundle = bundleOf();
  expect(await take('ses_a', bundle, { sha: 'a'.repeat(40) })).toMatchObject({ ok: false });
  expect(await take('ses_b', bundle, { sha, head: 'b'.repeat(40) })).toMatchObject({ ok: false });
  expect(await take('ses_c', bundle, { sha, base: sha })).toMatchObject({ ok: false });
  nothingLeft();
});

const other = join(root, 'other.git');
test.each<[string, () => Buffer]>([
  ['nothing', () => Buffer.alloc(0)],
  ['a gitfile', () => Buffer.from(`gitdir: ${other}\n`)],
  ['a gitfile with a bundle behind', () => Buffer.concat([Buffer.from(`gitdir: ${other}\n\n`), bundleOf()])],
  ['half of one', () => bundleOf().subarray(0, -30)],
  ['one whose pack is garbage', () => Buffer.concat([bundleOf().subarray(0, 160), Buffer.alloc(500, 7)])],
  [
    'one with a filter',
    () => Buffer.from(`# v3 git bundle\n@filter=blob:none\n${base} refs/deckhand/saved\n\nPACK`),
  ],
  ['a ref that is an option', () => Buffer.from(`# v2 git bundle\n${base} --upload-pack=touch\n\nPACK`)],
])('%s is no bundle', async (_, content) => {
  git(root, 'init', '-q', '--bare', other);
  const sha = commit('refused\n');
  expect(await take('ses_refused', content(), { sha })).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect(existsSync(join(root, 'blobs/bundles/ses_refused'))).toBe(false);
  nothingLeft();
});

test('a revision that is an option reaches no git', async () => {
  const file = join(root, 'written');
  const evil = `${base}^! --output=${file}`;
  expect(await readDiff(mirror, { base, head: evil })).toMatchObject({ ok: false });
  expect(await readDiff(mirror, { base: `--output=${file}`, head: base })).toMatchObject({ ok: false });
  expect(await restoreBundle(deps, { sessionId: 'ses_x', repoId: 'x', sha: evil })).toMatchObject({
    ok: false,
  });
  expect(await mirror.resolve(`--output=${file}`)).toBeNull();
  expect(await mirror.readFile(`--output=${file}`, 'x')).toBeNull();
  expect(existsSync(file)).toBe(false);
});

test('a stream without end is cut at its bound in bytes and in time, its source given up, its file removed', async () => {
  const file = join(root, 'endless');
  const flood = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65536);
    })(),
  );
  const bounds = { what: 'It', maxBytes: 1_000_000, timeoutMs: 60_000 };
  expect(await receive(flood, file, bounds)).toMatchObject({ ok: false, code: 'too_large' });
  const silent = new Readable({ read() {} });
  expect(await receive(silent, file, { ...bounds, timeoutMs: 30 })).toMatchObject({
    ok: false,
    code: 'sandbox_lost',
  });
  expect([flood.destroyed, silent.destroyed, existsSync(file)]).toEqual([true, true, false]);
});
