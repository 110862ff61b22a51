import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { startGitServer } from '../../../test/emulators/git.ts';
import { localHost } from './local.ts';
import { Mirror } from './mirror.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-mirror-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    encoding: 'utf8',
  }).trim();

test('a mirror of a version before loses its scratch refs, and nothing of the sessions', async () => {
  const origin = join(root, 'origin');
  mkdirSync(join(root, 'repos'));
  git(root, 'init', '-q', '-b', 'main', origin);
  git(origin, 'commit', '-q', '--allow-empty', '-m', 'first');
  const repo = { id: 'x', url: origin, description: '', aliases: [], channels: [], pages: [] };
  const dir = join(root, 'repos/x.git');
  const open = () =>
    new Mirror(
      repo,
      dir,
      localHost(() => ''),
    );
  expect(await open().fetch()).toEqual({ ok: true });
  const sha = git(origin, 'rev-parse', 'HEAD');
  const kept = ['refs/deckhand/ses_a', 'refs/deckhand-outside/x'];
  for (let n = 0; n < 3; n++) git(dir, 'update-ref', `refs/deckhand-out/${n}`, sha);
  for (const ref of kept) git(dir, 'update-ref', ref, sha);
  expect(await open().fetch()).toEqual({ ok: true });
  expect(git(dir, 'for-each-ref', '--format=%(refname)', 'refs/deckhand-out')).toBe('');
  for (const ref of kept) expect(git(dir, 'rev-parse', ref)).toBe(sha);
});

test('a lock that a machine left which lost power holds no ref for good; one that may be held stays', async () => {
  const { url, open } = remote('powerless', 'main');
  expect(await open().fetch()).toEqual({ ok: true });
  const dir = join(root, 'repos/powerless.git');
  const locks = ['packed-refs.lock', 'config.lock', 'refs/remotes/origin/main.lock'].map(name =>
    join(dir, name),
  );
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (const lock of locks) {
    writeFileSync(lock, '');
    utimesSync(lock, anHourAgo, anHourAgo);
  }
  const held = join(dir, 'refs/remotes/origin/other.lock');
  writeFileSync(held, '');
  git(url, 'commit', '-q', '--allow-empty', '-m', 'second');
  expect(await open().fetch()).toEqual({ ok: true });
  expect(git(dir, 'rev-parse', 'refs/remotes/origin/main')).toBe(git(url, 'rev-parse', 'HEAD'));
  expect(locks.filter(existsSync)).toEqual([]);
  expect(existsSync(held)).toBe(true);
});

test('a ref that another git holds for a moment, one of a server that was killed, is waited for', async () => {
  const { url, open } = remote('contended', 'main');
  expect(await open().fetch()).toEqual({ ok: true });
  git(url, 'commit', '-q', '--allow-empty', '-m', 'second');
  const held = join(root, 'repos/contended.git/refs/remotes/origin/main.lock');
  writeFileSync(held, '');
  const [fetched] = await Promise.all([open().fetch(), setTimeout(1_500).then(() => rmSync(held))]);
  expect(fetched).toEqual({ ok: true });
  const now = git(join(root, 'repos/contended.git'), 'rev-parse', 'refs/remotes/origin/main');
  expect(now).toBe(git(url, 'rev-parse', 'HEAD'));
});

test('two servers that fetch into one mirror at once both have all of it', async () => {
  const { url, open } = remote('shared', 'main');
  expect(await open().fetch()).toEqual({ ok: true });
  for (const round of [1, 2, 3]) {
    git(url, 'commit', '-q', '--allow-empty', '-m', `round ${round}`);
    const sha = git(url, 'rev-parse', 'HEAD');
    const refs = Array.from({ length: 200 }, (_, n) => `update refs/heads/b${n} ${sha}\n`);
    execFileSync('git', ['update-ref', '--stdin'], { cwd: url, input: refs.join('') });
    const fetched = await Promise.all([open().fetch(), open().fetch(), open().fetch()]);
    expect(fetched).toEqual(Array(3).fill({ ok: true }));
  }
});

/** A remote with a commit (or none) on `branch`, and how its mirror is opened. */
function remote(id: string, branch: string, more: { commits?: false; baseBranch?: string } = {}) {
  const url = join(root, `${id}-origin`);
  git(root, 'init', '-q', '-b', branch, url);
  if (more.commits !== false) git(url, 'commit', '-q', '--allow-empty', '-m', 'first');
  const { baseBranch } = more;
  const repo = { id, url, description: '', aliases: [], channels: [], pages: [] };
  const open = (options?: { isFixed: boolean }) =>
    new Mirror(
      baseBranch ? { ...repo, baseBranch } : repo,
      join(root, `repos/${id}.git`),
      localHost(() => ''),
      options,
    );
  return { url, open };
}

test('a default branch that was renamed is found under its new name', async () => {
  const { url, open } = remote('renamed', 'trunk');
  const mirror = open();
  expect(await mirror.base()).toMatchObject({ ok: true, branch: 'trunk' });
  git(url, 'branch', '-m', 'trunk', 'main');
  expect(await mirror.fetch()).toEqual({ ok: true });
  expect(await mirror.base()).toMatchObject({ ok: true, branch: 'main' });
  expect(await open().base()).toMatchObject({ ok: true, branch: 'main' });
});

test('another default branch takes the place of one that is still there, without a restart after a fetch', async () => {
  const { url, open } = remote('another', 'trunk');
  expect(await open().base()).toMatchObject({ ok: true, branch: 'trunk' });
  git(url, 'checkout', '-q', '-b', 'main');
  // As a server does that starts anew: what it knows is from before.
  const mirror = open();
  expect(await mirror.fetch()).toEqual({ ok: true });
  let branch = '';
  for (let looks = 0; branch !== 'main' && looks < 500; looks += 1) {
    await setTimeout(20);
    branch = (await mirror.knownBase())?.branch ?? '';
  }
  expect(branch).toBe('main');
});

test('a base branch that a person named is never another; one that a host told is asked anew', async () => {
  const { open } = remote('fixed', 'main', { baseBranch: 'trunk' });
  expect(await open().base()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/no branch trunk, which repos.json names/),
  });
  expect(await open({ isFixed: false }).base()).toMatchObject({ ok: true, branch: 'main' });
});

test('what a repository says to agents is found where whichever maker looks for it, AGENTS.md first', async () => {
  const { url, open } = remote('words', 'main');
  const mirror = open();
  const add = (path: string, text: string) => {
    mkdirSync(join(url, path, '..'), { recursive: true });
    writeFileSync(join(url, path), text);
    git(url, 'add', '-A');
    git(url, 'commit', '-qm', path);
  };
  const agents = async () => {
    expect(await mirror.fetch()).toEqual({ ok: true });
    const base = await mirror.base();
    return base.ok ? (await mirror.facts(base.sha)).agents : null;
  };
  expect(await agents()).toBeNull();
  for (const path of ['.github/copilot-instructions.md', '.cursorrules', 'CLAUDE.md', 'AGENTS.md']) {
    add(path, `says ${path}`);
    expect(await agents()).toEqual({ path, text: `says ${path}` });
  }
});

test('folders below the top have words of their own, through links inside the repository and none that lead out', async () => {
  const { url, open } = remote('folders', 'main');
  for (const folder of ['api', 'lib', 'out', 'other']) mkdirSync(join(url, folder));
  writeFileSync(join(url, 'api/AGENTS.md'), 'of the api');
  writeFileSync(join(url, 'api/CLAUDE.md'), 'for another maker');
  symlinkSync('../api/AGENTS.md', join(url, 'lib/CLAUDE.md'));
  symlinkSync('/etc/hostname', join(url, 'out/AGENTS.md'));
  symlinkSync('api', join(url, 'linked'));
  writeFileSync(join(url, 'other/README.md'), 'nothing');
  git(url, 'add', '-A');
  git(url, 'commit', '-qm', 'words');
  const mirror = open();
  expect(await mirror.fetch()).toEqual({ ok: true });
  const base = await mirror.base();
  const sha = base.ok ? base.sha : '';
  expect((await mirror.facts(sha)).speaking).toEqual(['api', 'lib', 'out']);
  const said = (folder: string) => mirror.folderAgents.at(sha, folder);
  expect(await said('api')).toEqual({ path: 'api/AGENTS.md', text: 'of the api' });
  expect(await said('lib')).toEqual({ path: 'lib/CLAUDE.md', text: 'of the api' });
  expect(await said('linked')).toEqual({ path: 'linked/AGENTS.md', text: 'of the api' });
  for (const folder of ['out', 'other', 'nowhere', '../api', 'api/AGENTS.md'])
    expect(await said(folder)).toBeNull();
});

test('an empty repository says what to do, and works once that is done', async () => {
  const { url, open } = remote('empty', 'main', { commits: false });
  const mirror = open();
  expect(await mirror.base()).toMatchObject({ ok: false, message: expect.stringMatching(/is empty/) });
  git(url, 'commit', '-q', '--allow-empty', '-m', 'first');
  expect(await mirror.base()).toMatchObject({ ok: true, branch: 'main' });
});

test('a first fetch over a connection that breaks off again and again comes to its end, across restarts, and shows nothing before', async () => {
  const [source, served] = [join(root, 'weak-source'), join(root, 'weak')];
  git(root, 'init', '-q', '-b', 'main', source);
  for (let n = 0; n < 60; n += 1) {
    writeFileSync(join(source, 'file'), randomBytes(40_000));
    git(source, 'add', '-A');
    git(source, 'commit', '-qm', `${n}`);
  }
  git(source, 'branch', 'other', 'HEAD~30');
  git(source, 'tag', 'v1', 'HEAD~15');
  mkdirSync(served);
  git(root, 'clone', '-q', '--bare', source, join(served, 'weak.git'));
  const server = await startGitServer(served);
  try {
    const repo = {
      id: 'weak',
      url: `${server.url}/weak.git`,
      description: '',
      aliases: [],
      channels: [],
      pages: [],
    };
    const dir = join(root, 'repos/weak.git');
    const open = () =>
      new Mirror(
        repo,
        dir,
        localHost(() => ''),
      );
    server.cutAfter(10_000);
    // Not even the newest commit comes through.
    expect(await open().fetch()).toMatchObject({ ok: false, code: 'repo_unreachable' });
    server.cutAfter(500_000);
    const whole = 60 * 40_000;
    const before = server.given();
    const first = open();
    expect(await first.fetch()).toEqual({ ok: true });
    // From zero each time it would never come to an end.
    expect(server.given() - before).toBeLessThan(4 * whole);
    expect(git(dir, 'rev-parse', '--is-shallow-repository')).toBe('false');
    expect(git(dir, 'for-each-ref', '--format=%(refname)')).toBe(
      'refs/remotes/origin/main\nrefs/remotes/origin/other\nrefs/tags/v1',
    );
    expect(git(dir, 'rev-list', '--count', 'refs/remotes/origin/main')).toBe('60');
    git(dir, 'fsck', '--connectivity-only');
  } finally {
    await server.close();
  }
});

test('what was fetched of it is there after a restart, and is no base of work yet', async () => {
  const source = join(root, 'begun-source');
  git(root, 'init', '-q', '-b', 'main', source);
  for (let n = 0; n < 8; n += 1) git(source, 'commit', '-q', '--allow-empty', '-m', `${n}`);
  const url = `file://${source}`;
  const dir = join(root, 'repos/begun.git');
  // As the first step leaves it.
  git(root, 'init', '-q', '--bare', dir);
  git(dir, 'fetch', '-q', '--no-tags', '--depth=1', url, '+HEAD:refs/deckhand-first/head');
  const repo = { id: 'begun', url, description: '', aliases: [], channels: [], pages: [] };
  const mirror = new Mirror(
    repo,
    dir,
    localHost(() => ''),
  );
  expect(await mirror.knownBase()).toBeNull();
  expect(await mirror.base()).toMatchObject({ ok: true, branch: 'main' });
  expect(git(dir, 'rev-list', '--count', 'refs/remotes/origin/main')).toBe('8');
  expect(git(dir, 'for-each-ref', '--format=%(refname)', 'refs/deckhand-first')).toBe('');
});
