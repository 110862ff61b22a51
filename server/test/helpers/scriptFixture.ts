import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { changedFilesOf, shasOf } from '../../src/sandboxes/untrusted/answers.ts';
import { type ScriptName, scriptText } from '../../src/sandboxes/worktree/script.ts';

/** Real git on repositories of every kind, in a folder in the place of /work: no sandbox is needed to run a script. */
export let root: string;
let fixture: string;
export let work: string;
export let repo: string;

export const env = {
  PATH: '/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Agent',
  GIT_AUTHOR_EMAIL: 'agent@example.test',
  GIT_COMMITTER_NAME: 'Agent',
  GIT_COMMITTER_EMAIL: 'agent@example.test',
};
const gitIn = (cwd: string, ...args: string[]) =>
  execFileSync('git', args, { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
export const git = (...args: string[]) => gitIn(repo, ...args);
export const put = (path: string, text: string) => {
  mkdirSync(join(repo, path, '..'), { recursive: true });
  writeFileSync(join(repo, path), text);
};

export const run = (name: ScriptName, ...args: string[]) =>
  spawnSync('/bin/sh', ['-euc', scriptText(name), 'deckhand', ...args], {
    cwd: work,
    encoding: 'utf8',
    // What a command inside may have put in its way.
    env: {
      WORK: work,
      PATH: `${work}/bin:/usr/bin:/bin`,
      GIT_DIR: '/nowhere',
      GIT_EXTERNAL_DIFF: `${work}/bin/git`,
    },
  });
export const must = (name: ScriptName, ...args: string[]) => {
  const done = run(name, ...args);
  if (done.status !== 0) throw new Error(`${name}: ${done.status} ${done.stderr}`);
  return done.stdout;
};
export const numstat = () => changedFilesOf(must('changed-files', '1000000'));
export const author = ['Ada Lovelace', 'ada@example.test'] as const;

/** Another folder in the place of /work from here on. */
export function moveTo(folder: string): void {
  work = folder;
  repo = join(folder, 'repo');
}

/** A repository of its own for each test of the file. */
export function eachInItsOwn(): void {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'deckhand-scripts-'));
    fixture = join(root, 'fixture');
    work = fixture;
    repo = join(work, 'repo');
    mkdirSync(repo, { recursive: true });
    git('init', '-q', '-b', 'main');
    put('a.txt', 'one\ntwo\nthree\n');
    put('sub/b.txt', 'b\n');
    put('tool.sh', '#!/bin/sh\n');
    put('crlf.txt', 'a\r\nb\r\n');
    put('.gitignore', 'ignored/\n');
    git('add', '-A');
    git('commit', '-qm', 'base');
    git('update-ref', 'refs/deckhand/base', 'HEAD');
    git('checkout', '-q', '-b', 'deckhand/ses_a-1');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  beforeEach(() => {
    work = mkdtempSync(join(root, 'work-'));
    repo = join(work, 'repo');
    execFileSync('cp', ['-a', join(fixture, 'repo'), repo]);
    // Everything in here that is asked for by name alone says that it was run.
    mkdirSync(join(work, 'bin'));
    for (const name of ['git', 'sh', 'cp', 'rm', 'sort', 'grep', 'head', 'mkdir', 'touch']) {
      writeFileSync(join(work, 'bin', name), `#!/bin/sh\necho ${name} >> ${work}/was-run\nexit 0\n`);
      chmodSync(join(work, 'bin', name), 0o755);
    }
  });
}

/** A repository in the repository, with a commit or without. */
export function putInner(name: string, commits: boolean): void {
  put(`${name}/inside.txt`, 'x\n');
  gitIn(join(repo, name), 'init', '-q');
  if (commits) gitIn(join(repo, name), 'commit', '-q', '--allow-empty', '-m', 'inner');
}

const odd = [
  'new\nline.txt',
  'quote"\'.txt',
  '-rf',
  '--output=x',
  'tab\tname',
  'ümläut',
  ' lead',
  'a\\b',
  '$(id)',
];

/** Each kind of work tree, and what of it the list of changed files must hold. */
export const trees: Record<string, { make: () => void; files: string[] }> = {
  untouched: { make: () => {}, files: [] },
  'edited, not staged': { make: () => put('a.txt', 'one\n2\nthree\n'), files: ['a.txt'] },
  untracked: { make: () => put('new/deep/file.txt', 'x\n'), files: ['new/deep/file.txt'] },
  staged: {
    make: () => {
      put('a.txt', 'staged\n');
      git('add', '-A');
    },
    files: ['a.txt'],
  },
  'staged, then edited again': {
    make: () => {
      put('a.txt', 'staged\n');
      git('add', '-A');
      put('a.txt', 'edited\n');
    },
    files: ['a.txt'],
  },
  renamed: { make: () => git('mv', 'a.txt', 'z.txt'), files: ['z.txt'] },
  deleted: { make: () => rmSync(join(repo, 'sub'), { recursive: true }), files: ['sub/b.txt'] },
  'made executable': { make: () => chmodSync(join(repo, 'tool.sh'), 0o755), files: ['tool.sh'] },
  'a symlink out of it': {
    make: () => symlinkSync('/etc/passwd', join(repo, 'link')),
    files: ['link'],
  },
  'a file in the place of a folder': {
    make: () => {
      rmSync(join(repo, 'sub'), { recursive: true });
      put('sub', 'now a file\n');
    },
    files: ['sub', 'sub/b.txt'],
  },
  'a merge in progress': {
    make: () => {
      git('checkout', '-q', '-b', 'other');
      put('a.txt', 'theirs\n');
      git('commit', '-qam', 'theirs');
      git('checkout', '-q', 'deckhand/ses_a-1');
      put('a.txt', 'ours\n');
      git('commit', '-qam', 'ours');
      spawnSync('git', ['merge', '-q', 'other'], { cwd: repo, env });
      if (!existsSync(join(repo, '.git/MERGE_HEAD'))) throw new Error('no merge in progress');
    },
    files: ['a.txt'],
  },
  'a detached head': {
    make: () => {
      git('checkout', '-q', '--detach');
      put('a.txt', 'detached\n');
    },
    files: ['a.txt'],
  },
  'odd names': {
    make: () => {
      for (const name of odd) put(name, 'x\n');
    },
    files: odd,
  },
  'line ends': { make: () => put('crlf.txt', 'a\r\nb\r\nc\r\n'), files: ['crlf.txt'] },
  'commits of the agent': {
    make: () => {
      put('own.txt', 'x\n');
      git('add', '-A');
      git('commit', '-qm', 'mine');
      put('more.txt', 'x\n');
    },
    files: ['own.txt', 'more.txt'],
  },
};

/** What a work tree holds, in git's words: the tree that would be committed now. */
export function treeNow(): string {
  const index = join(work, 'look-index');
  const at = { ...env, GIT_INDEX_FILE: index };
  execFileSync('cp', ['-p', join(repo, '.git/index'), index]);
  execFileSync('git', ['add', '-A'], { cwd: repo, env: at, stdio: 'ignore' });
  return execFileSync('git', ['write-tree'], { cwd: repo, env: at, encoding: 'utf8' }).trim();
}

export const shasIn = (text: string, count = 1): string[] => {
  const said = shasOf(text, count);
  if (!said.ok) throw new Error(`${said.message} ${text}`);
  return said.shas;
};
export const refs = () =>
  git('for-each-ref', '--format=%(refname)')
    .split('\n')
    .filter(ref => !/heads\/(main|other)$/.test(ref));
export const packOf = (cwd: string, sha: string) =>
  execFileSync('git', ['pack-objects', '--revs', '--stdout', '--quiet'], { cwd, env, input: `${sha}\n` });

/** A commit on top of the base that the repository does not have yet, as the server sends it. */
export function newBase(text = 'one\ntwo\nthree\nfour\n'): { sha: string; pack: string } {
  const clone = mkdtempSync(join(root, 'clone-'));
  gitIn(clone, 'clone', '-q', '--no-local', join(fixture, 'repo'), 'c');
  const at = join(clone, 'c');
  gitIn(at, 'checkout', '-q', 'origin/main');
  writeFileSync(join(at, 'a.txt'), text);
  gitIn(at, 'commit', '-qam', 'newer');
  const pack = join(work, '.deckhand-in.pack');
  writeFileSync(pack, packOf(at, 'HEAD'));
  return { sha: gitIn(at, 'rev-parse', 'HEAD'), pack };
}
