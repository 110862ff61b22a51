import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { folderHands } from '../../../test/helpers/folderHands.ts';
import { localHost } from '../../repos/local.ts';
import { Mirror } from '../../repos/mirror.ts';
import { withoutCredentials } from '../../repos/origin.ts';
import { checkOut, syncTo, takeBranch } from './checkout.ts';
import { giveOrigin } from './giveOrigin.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-origin-'));
const origin = join(root, 'origin');
const repo = { id: 'x', url: origin, description: '', aliases: [], channels: [], pages: [] };
const author = { name: 'Ana', email: 'ana@example.test' };
const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
const commit = (text: string) => {
  writeFileSync(join(origin, 'a.txt'), `${text}\n`);
  git(origin, 'add', '-A');
  git(origin, 'commit', '-qm', text);
  return git(origin, 'rev-parse', 'HEAD');
};
const names = (...under: string[]) => inside('for-each-ref', '--format=%(refname)', ...under).split('\n');

let work: string;
let sandbox: ReturnType<typeof folderHands>;
let mirror: Mirror;
const inside = (...args: string[]) => git(join(work, 'repo'), ...args);
beforeAll(() => {
  mkdirSync(join(root, 'repos'));
  git(root, 'init', '-q', '-b', 'main', origin);
  commit('first');
  git(origin, 'tag', '-a', 'v1.0', '-m', 'one');
  commit('second');
  git(origin, 'checkout', '-q', '-b', 'feature');
  commit('of the feature');
  git(origin, 'checkout', '-q', 'main');
  git(origin, 'branch', 'deckhand/ses_other-1');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  work = mkdtempSync(join(root, 'work-'));
  sandbox = folderHands(work);
  mirror = new Mirror(
    repo,
    join(root, 'repos/x.git'),
    localHost(() => ''),
  );
});

async function checkedOut(): Promise<string> {
  expect(await mirror.fetch()).toEqual({ ok: true });
  const base = await mirror.base();
  if (!base.ok) throw new Error(base.message);
  const out = { branch: 'deckhand/ses_a-1', baseSha: base.sha, refSha: null, author };
  expect(await checkOut(sandbox.hands, mirror, out)).toEqual({ ok: true });
  return base.sha;
}

test('the base branch, origin and tags are there for what asks git, and no branch of another session', async () => {
  const base = await checkedOut();
  writeFileSync(join(work, 'repo/a.txt'), 'mine\n');
  expect(inside('diff', '--name-only', 'main')).toBe('a.txt');
  expect(inside('describe')).toMatch(/^v1\.0-1-g/);
  expect(inside('merge-base', 'origin/main', 'HEAD')).toBe(base);
  expect(inside('merge-base', 'origin/HEAD', 'HEAD')).toBe(base);
  expect(inside('log', '-1', '--format=%s', 'origin/feature')).toBe('of the feature');
  expect(inside('remote', 'get-url', 'origin')).toBe(origin);
  expect(names('refs/remotes')).toEqual([
    'refs/remotes/origin/HEAD',
    'refs/remotes/origin/feature',
    'refs/remotes/origin/main',
  ]);
  expect(inside('fsck', '--connectivity-only')).toBe('');
});

test('a claim where nothing changed runs nothing; a newer base brings all of it along, tags of the agent’s own stay', async () => {
  const from = await checkedOut();
  const taken = await takeBranch(sandbox.hands, { branch: 'deckhand/ses_a-1', author });
  if (!taken.ok) throw new Error(taken.message);
  const before = sandbox.runs();
  expect(await giveOrigin(sandbox.hands, mirror, { baseSha: from, holds: taken.holds })).toEqual({
    ok: true,
  });
  expect(sandbox.runs()).toBe(before);
  inside('tag', 'mine');
  git(origin, 'tag', '-d', 'v1.0');
  git(origin, 'branch', '-D', 'feature');
  git(origin, 'branch', 'feature/part');
  const to = commit('third');
  git(origin, 'tag', 'v2.0');
  expect(await mirror.fetch()).toEqual({ ok: true });
  expect(
    await syncTo(sandbox.hands, mirror, { branch: 'deckhand/ses_a-1', from, to, lockFiles: [] }),
  ).toMatchObject({
    ok: true,
  });
  expect(await giveOrigin(sandbox.hands, mirror, { baseSha: to, holds: taken.holds })).toMatchObject({
    ok: true,
  });
  expect(inside('rev-parse', 'main')).toBe(to);
  expect(inside('rev-parse', 'origin/main')).toBe(to);
  expect(inside('tag').split('\n')).toEqual(['mine', 'v2.0']);
  expect(names('refs/remotes/origin/feature')).toEqual(['refs/remotes/origin/feature/part']);
});

test('a local base branch that the agent committed on is left to it', async () => {
  await checkedOut();
  inside('branch', '-f', 'main', 'HEAD~1');
  const to = commit('fourth');
  expect(await mirror.fetch()).toEqual({ ok: true });
  const stood = inside('rev-parse', 'main');
  expect(await giveOrigin(sandbox.hands, mirror, { baseSha: to })).toMatchObject({ ok: true });
  expect(inside('rev-parse', 'main')).toBe(stood);
  expect(inside('rev-parse', 'origin/main')).toBe(to);
});

test('of thousands of refs only the base branch and the tags that lead up to it are told', async () => {
  const sha = git(origin, 'rev-parse', 'feature/part');
  const many = Array.from({ length: 2_100 }, (_, n) => `create refs/heads/many/${n} ${sha}\n`).join('');
  execFileSync('git', ['-C', origin, '-c', 'core.fsync=none', 'update-ref', '--stdin'], { input: many, env });
  await checkedOut();
  expect(names('refs/remotes/origin')).toEqual(['refs/remotes/origin/HEAD', 'refs/remotes/origin/main']);
  expect(inside('tag')).toBe('v2.0');
});

test('the url of origin holds nothing that it is asked with', () => {
  expect(withoutCredentials('https://x:token@code.example.test/a/b.git?private_token=t#t')).toBe(
    'https://code.example.test/a/b.git',
  );
  expect(withoutCredentials('ssh://git:word@code.example.test/a.git')).toBe(
    'ssh://git@code.example.test/a.git',
  );
  expect(withoutCredentials('git@code.example.test:a/b.git')).toBe('git@code.example.test:a/b.git');
  expect(withoutCredentials('https://token@:bad:url')).toBe('');
});
