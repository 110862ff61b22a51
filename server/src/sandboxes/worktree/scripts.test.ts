import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  author,
  eachInItsOwn,
  git,
  must,
  newBase,
  numstat,
  put,
  refs,
  repo,
  run,
  shasIn,
  work,
} from '../../../test/helpers/scriptFixture.ts';
import { changedFilesOf } from '../untrusted/answers.ts';
import { scriptText } from './script.ts';

eachInItsOwn();

test('nothing that lies in PATH, and no variable that was given, was used', () => {
  put('a.txt', 'x\n');
  must('save-work');
  must('commit-work', 'm', ...author, 'deckhand/ses_a-1');
  numstat();
  must('set-author', ...author);
  must('take-branch', 'deckhand/ses_a-2');
  expect(existsSync(join(work, 'was-run'))).toBe(false);
});

/** A configuration that names a program wherever git would run one; each leaves a mark where it was run. */
function arm(): void {
  const evil = join(work, 'evil');
  writeFileSync(evil, `#!/bin/sh\necho "$0 $*" >> ${work}/was-run\ncat\n`);
  chmodSync(evil, 0o755);
  mkdirSync(join(work, 'hooks'));
  const hooks = [
    'pre-commit',
    'commit-msg',
    'prepare-commit-msg',
    'post-commit',
    'post-checkout',
    'post-index-change',
  ];
  for (const hook of [...hooks, 'reference-transaction', 'pre-merge-commit', 'post-merge', 'post-rewrite']) {
    execFileSync('cp', [evil, join(work, 'hooks', hook)]);
    execFileSync('cp', [evil, join(repo, '.git/hooks', hook)]);
  }
  writeFileSync(
    join(work, 'more.config'),
    [
      `[filter "i n=c"]\n\tclean = ${evil}\n\tsmudge = ${evil}\n\trequired = true`,
      `[diff "d"]\n\tcommand = ${evil}\n\ttextconv = ${evil}`,
      `[merge "m"]\n\tdriver = ${evil} %A`,
    ].join('\n'),
  );
  appendFileSync(
    join(repo, '.git/config'),
    [
      '',
      `[core]\n\thooksPath = ${work}/hooks\n\tfsmonitor = ${evil}\n\tpager = ${evil}\n\tsshCommand = ${evil}\n\tworktree = /tmp`,
      `[filter "f"]\n\tclean = ${evil}\n\tsmudge = ${evil}\n\tprocess = ${evil}\n\trequired = true`,
      `[diff]\n\texternal = ${evil}`,
      '[commit]\n\tgpgSign = true\n\ttemplate = /etc/passwd',
      '[log]\n\tshowSignature = true',
      '[merge]\n\tverifySignatures = true',
      `[gpg]\n\tprogram = ${evil}`,
      `[gpg "ssh"]\n\tprogram = ${evil}`,
      `[alias]\n\tadd = !${evil}\n\tcommit = !${evil}`,
      `[include]\n\tpath = ${work}/more.config`,
      '[extensions]\n\tpartialClone = origin',
      `[remote "origin"]\n\tpromisor = true\n\turl = ${work}\n\tuploadpack = ${evil}`,
      '[gc]\n\tauto = 1',
    ].join('\n'),
  );
  put('.gitattributes', '*.txt filter=f diff=d merge=m\n*.sh filter=i\\ n=c diff=d\n');
}

test('no program that the repository names is run', () => {
  arm();
  const base = newBase();
  put('a.txt', 'one\n2\nthree\n');
  put('tool.sh', 'x\n');
  expect(numstat().map(file => file.path)).toContain('a.txt');
  const [sha = '', , baseSha = ''] = shasIn(must('save-work'), 3);
  expect(git('show', `${sha}:a.txt`)).toBe('one\n2\nthree');
  must('set-author', ...author);
  const [head = ''] = shasIn(must('commit-work', 'm', ...author, 'deckhand/ses_a-1'));
  must('take-branch', 'deckhand/ses_a-2');
  put('sub/b.txt', 'mine\n');
  expect(must('take-theirs', base.pack, base.sha, ...author).trim()).toBe('taken');
  must('checkout', '', 'deckhand/ses_a-1', baseSha, sha, sha);
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('one\n2\nthree\n');
  must('uncommit', baseSha);
  must('go-onwards', '', 'deckhand/ses_a-3', head);
  must('tidy-tree', head);
  spawnSync('/bin/sh', ['-euc', scriptText('saved-bundle')], { cwd: work, env: { WORK: work } });
  const ran = existsSync(join(work, 'was-run')) ? readFileSync(join(work, 'was-run'), 'utf8') : '';
  expect(ran).toBe('');
});

test('both sides’ lines are merged as text where a driver was named, and a conflict is one', () => {
  arm();
  const base = newBase('one\ntwo\n3\n');
  put('a.txt', '1\ntwo\nthree\n');
  must('commit-work', 'm', ...author, 'deckhand/ses_a-1');
  expect(must('take-theirs', base.pack, base.sha, ...author).trim()).toBe('taken');
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('1\ntwo\n3\n');
  expect(refs()).not.toContain('refs/deckhand/theirs');
  const other = newBase('another\n');
  expect(must('take-theirs', other.pack, other.sha, ...author).trim()).toBe('conflict');
  expect(git('rev-parse', 'refs/deckhand/theirs')).toBe(other.sha);
  expect(existsSync(join(repo, '.git/MERGE_HEAD'))).toBe(false);
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('1\ntwo\n3\n');
});

test('a sync moves a clean tree on, notes a lock file that changed, and is repaired where it was cut short', () => {
  put('ignored/x', 'stays\n');
  const base = newBase();
  git('checkout', '-q', '-B', 'deckhand/ses_a-1', 'refs/deckhand/base');
  must('sync', base.pack, 'deckhand/ses_a-1', base.sha, 'a.txt');
  expect(git('rev-parse', 'HEAD')).toBe(base.sha);
  expect(git('rev-parse', 'refs/deckhand/base')).toBe(base.sha);
  expect(existsSync(join(work, '.deckhand-install'))).toBe(true);
  expect(existsSync(join(work, '.deckhand-syncing'))).toBe(false);
  writeFileSync(join(work, '.deckhand-syncing'), '');
  writeFileSync(join(repo, '.git/index.lock'), '');
  put('a.txt', 'half\n');
  put('half.txt', 'half\n');
  must('repair-sync');
  expect(git('status', '--porcelain')).toBe('');
  expect(readFileSync(join(repo, 'ignored/x'), 'utf8')).toBe('stays\n');
  put('own.txt', 'x');
  git('add', '-A');
  git('commit', '-qm', 'own');
  expect(run('sync', '', 'deckhand/ses_a-1', base.sha)).toMatchObject({ status: 1 });
});

test('what waits to be merged is under a ref until it is, and a signed head takes the place of its twin', () => {
  const base = newBase();
  must('bring-upstream', base.pack, base.sha);
  expect(git('rev-parse', 'refs/deckhand/upstream')).toBe(base.sha);
  git('-c', 'core.editor=true', 'merge', '-q', '--no-edit', base.sha);
  const [, head = '', stands] = shasIn(must('save-work'), 3);
  expect(stands).toBe(base.sha);
  expect(refs()).not.toContain('refs/deckhand/upstream');
  const twin = git('commit-tree', `${head}^{tree}`, '-p', base.sha, '-m', 'twin');
  put('a.txt', 'not committed\n');
  must('adopt-head', '', head, twin);
  expect(git('rev-parse', 'HEAD')).toBe(twin);
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('not committed\n');
});

test('an image keeps the caches it names and the objects, and nothing else', () => {
  for (const path of ['home/.npm/x', 'home/.secret', 'services/db/x']) {
    mkdirSync(join(work, path, '..'), { recursive: true });
    writeFileSync(join(work, path), 'x');
  }
  put('ignored/x', 'x');
  must('keep-only-caches', '.npm', '.absent');
  expect(existsSync(join(work, 'home/.npm/x'))).toBe(true);
  for (const gone of ['home/.secret', 'services', 'repo/ignored'])
    expect(existsSync(join(work, gone))).toBe(false);
});

test('a list of files is cut where it is too long, at a whole entry', () => {
  for (let n = 0; n < 50; n++) put(`file-${n}`, 'x\n');
  const cut = changedFilesOf(must('changed-files', '300'));
  expect(cut.length).toBeGreaterThan(10);
  expect(cut.every(({ path }) => /^file-\d+$/.test(path) && existsSync(join(repo, path)))).toBe(true);
});

test('where there is no whole repository there is no base', () => {
  expect(must('base').trim()).toBe(git('rev-parse', 'refs/deckhand/base'));
  renameSync(join(repo, '.git'), join(work, 'gone'));
  expect(must('base')).toBe('');
});

test('what an install leaves in the tree goes, and what was somebody’s work stays', () => {
  must('before-install');
  must('after-install');
  put('a.txt', 'mine\n');
  put('new file.txt', 'mine too\n');
  must('before-install');
  put('sub/b.txt', 'by the install\n');
  put('made.lock', 'by the install\n');
  put('-made', 'by the install\n');
  put('ignored/deps', 'kept\n');
  // One that was cut off is tried again: its leavings are not taken for work.
  must('before-install');
  must('after-install');
  expect(git('status', '--short').split('\n')).toEqual(['M a.txt', '?? "new file.txt"']);
  expect(readFileSync(join(repo, 'a.txt'), 'utf8')).toBe('mine\n');
  expect(existsSync(join(repo, 'ignored/deps'))).toBe(true);
  must('after-install');
  put('later.txt', 'mine\n');
  expect(git('status', '--short')).toContain('later.txt');
});
