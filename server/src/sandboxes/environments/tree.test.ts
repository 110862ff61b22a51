import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { localHost } from '../../repos/local.ts';
import { Mirror } from '../../repos/mirror.ts';
import { environmentAt } from './readEnvironment.ts';
import { treeAt } from './tree.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-tree-'));
const origin = join(root, 'origin');
const git = (...args: string[]) =>
  execFileSync('git', ['-C', origin, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
  }).trim();
const put = (path: string, text: string) => {
  mkdirSync(join(origin, path, '..'), { recursive: true });
  writeFileSync(join(origin, path), text);
};

let mirror: Mirror;
let commit: string;
beforeAll(async () => {
  mkdirSync(join(root, 'repos'));
  mkdirSync(origin);
  git('init', '-q', '-b', 'main');
  put('docs/agents.md', 'Read me ü\nto the end\n');
  put('config/deckhand/environment.json', '{"install":"make"}');
  put('web/package-lock.json', '{}');
  symlinkSync('docs/agents.md', join(origin, 'AGENTS.md'));
  symlinkSync('AGENTS.md', join(origin, 'CLAUDE.md'));
  symlinkSync('web/package-lock.json', join(origin, 'package-lock.json'));
  symlinkSync('/etc/passwd', join(origin, 'absolute'));
  symlinkSync('../outside', join(origin, 'outside'));
  symlinkSync('loop', join(origin, 'loop'));
  symlinkSync('gone', join(origin, 'dangling'));
  symlinkSync('docs', join(origin, 'folder'));
  writeFileSync(join(root, 'outside'), 'not yours');
  git('add', '-A');
  git('commit', '-qm', 'first');
  const repo = { id: 'x', url: origin, description: '', aliases: [], channels: [], pages: [] };
  mirror = new Mirror(
    repo,
    join(root, 'repos/x.git'),
    localHost(() => ''),
  );
  await mirror.fetch();
  commit = git('rev-parse', 'HEAD');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('AGENTS.md that is a symbolic link is what it leads to', async () => {
  expect((await mirror.facts(commit)).agents).toEqual({ path: 'AGENTS.md', text: 'Read me ü\nto the end\n' });
  expect(await mirror.readFile(commit, 'CLAUDE.md')).toBe('Read me ü\nto the end\n');
  expect(await mirror.readFile(commit, 'folder/agents.md')).toBe('Read me ü\nto the end\n');
});

test.each(['absolute', 'outside', 'loop', 'dangling', 'folder', 'docs', 'gone', 'a\nb', ''])(
  'nothing is read through %j',
  async path => {
    expect(await mirror.readFile(commit, path)).toBeNull();
  },
);

test('a lock file that is a link counts with what it leads to, and so does its id', async () => {
  const read = await environmentAt(mirror, commit);
  if (!read.ok) throw new Error(read.message);
  expect(read.environment.lockFiles).toEqual(['package-lock.json', 'web/package-lock.json']);
  expect(await mirror.objectId(commit, 'package-lock.json')).toBe(
    git('rev-parse', 'HEAD:web/package-lock.json'),
  );
  expect(await mirror.objectId(commit, '.')).toBe(git('rev-parse', 'HEAD^{tree}'));
  expect(await mirror.objectId(commit, 'absolute')).toBeNull();
});

test('an environment file behind a link of its folder is found', async () => {
  symlinkSync('config/deckhand', join(origin, '.deckhand'));
  git('add', '-A');
  git('commit', '-qm', 'second');
  await mirror.fetch();
  const tree = await treeAt(mirror, git('rev-parse', 'HEAD'));
  expect(await tree.read('.deckhand/environment.json')).toBe('{"install":"make"}');
  const read = await environmentAt(mirror, git('rev-parse', 'HEAD'));
  expect(read.ok && read.environment).toMatchObject({
    source: '.deckhand/environment.json',
    install: 'make',
  });
});

test('a commit is read once, each reader has a copy, and one that is not here yet is read again', async () => {
  put('config/deckhand/environment.json', '{"install":"make all"}');
  git('add', '-A');
  git('commit', '-qm', 'third');
  const third = git('rev-parse', 'HEAD');
  const before = await environmentAt(mirror, third);
  // Of a commit that is not here nothing is known.
  expect(before.ok && before.environment.source).toBe('none');
  await mirror.fetch();
  const asked = jest.spyOn(mirror, 'git');
  const [first, beside] = await Promise.all([environmentAt(mirror, third), environmentAt(mirror, third)]);
  if (!first.ok) throw new Error(first.message);
  expect(first.environment.install).toBe('make all');
  expect(beside).toEqual(first);
  const gits = asked.mock.calls.length;
  first.environment.install = 'something else';
  expect(await environmentAt(mirror, third)).toEqual(beside);
  expect(asked.mock.calls).toHaveLength(gits);
});
