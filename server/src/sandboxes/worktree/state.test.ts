import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  author,
  eachInItsOwn,
  git,
  must,
  numstat,
  packOf,
  put,
  putInner,
  repo,
  run,
  shasIn,
  work,
} from '../../../test/helpers/scriptFixture.ts';
import { treeFactsOf } from '../untrusted/answers.ts';

eachInItsOwn();

const branch = 'deckhand/ses_a-1';
const facts = () => treeFactsOf(must('look-tree'));
const commit = () => shasIn(must('commit-work', 'm', ...author, branch))[0] ?? '';
const tryGit = (...args: string[]) => {
  try {
    git(...args);
  } catch {
    // As it is meant to: it stops at a conflict.
  }
};

/** A commit on the branch, one on `other` that conflicts with it. */
function conflicting(): void {
  git('checkout', '-q', '-b', 'other');
  put('a.txt', 'theirs\n');
  git('commit', '-qam', 'theirs');
  git('checkout', '-q', branch);
  put('a.txt', 'ours\n');
  git('commit', '-qam', 'ours');
}

test('a tree as most are has nothing to say', () => {
  put('a.txt', 'edited\n');
  put('new.txt', 'new\n');
  expect(facts()).toEqual({});
});

describe('repositories inside', () => {
  test.each([true, false])(
    'are left out and named, the rest is saved and committed (with a commit: %s)',
    commits => {
      putInner('in ner', commits);
      put('new.txt', 'x\n');
      expect(facts()).toEqual({ inner: ['in ner'] });
      expect(numstat().map(({ path }) => path)).toEqual(['new.txt']);
      const [saved = ''] = shasIn(must('save-work'), 3);
      const files = (sha: string) => git('ls-tree', '-r', '--name-only', sha).split('\n');
      expect(files(saved)).toContain('new.txt');
      const head = commit();
      expect(files(head)).toContain('new.txt');
      for (const sha of [saved, head]) expect(files(sha).join()).not.toContain('in ner');
    },
  );
});

describe('what is in the middle of something', () => {
  test('a merge: unresolved it is named; resolved in the file it is committed', () => {
    conflicting();
    tryGit('merge', '-q', 'other');
    expect(facts()).toEqual({ unmerged: ['a.txt'] });
    must('save-work');
    put('a.txt', 'both\n');
    expect(facts()).toEqual({});
    expect(git('show', `${commit()}:a.txt`)).toBe('both');
  });

  test.each([
    ['rebase', ['rebase', 'other']],
    ['cherry-pick', ['cherry-pick', 'other']],
    ['revert', ['revert', '--no-edit', 'HEAD~1']],
  ])('a %s', (kind, args) => {
    conflicting();
    if (kind === 'revert') {
      put('a.txt', 'ours again\n');
      git('commit', '-qam', 'again');
    }
    tryGit(...args);
    expect(facts()).toMatchObject({ [kind]: [''], unmerged: ['a.txt'] });
    must('save-work');
    git(kind, '--abort');
    expect(facts()).toEqual({});
  });

  test('a bisect, a stash, and a branch that lost its base', () => {
    git('bisect', 'start');
    expect(facts()).toHaveProperty('bisect');
    git('bisect', 'reset');
    put('new.txt', 'x\n');
    git('stash', '-q', '-u');
    expect(facts()).toEqual({ stash: ['stash@{0}'] });
    git('stash', 'drop', '-q');
    git('checkout', '-q', '--orphan', 'elsewhere');
    git('commit', '-q', '--allow-empty', '-m', 'x');
    expect(facts()).toEqual({ behind: [''] });
  });
});

describe('work inside a submodule', () => {
  const submodule = () => {
    putInner('lib', true);
    const inside = (...args: string[]) => git('-C', join(repo, 'lib'), ...args);
    inside('add', '-A');
    inside('commit', '-qm', 'all');
    put('.gitmodules', '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n');
    git('add', '-A');
    git('commit', '-qm', 'submodule');
    return inside;
  };

  test('is named, and nothing is run that its configuration names', () => {
    const inside = submodule();
    expect(facts()).toEqual({});
    const mark = join(work, 'was-run');
    inside('config', 'filter.evil.clean', `sh -c 'touch ${mark}; cat'`);
    inside('config', 'core.fsmonitor', `touch ${mark}`);
    writeFileSync(join(repo, 'lib/.git/info/attributes'), '* filter=evil\n');
    put('lib/inside.txt', 'changed\n');
    expect(facts()).toEqual({ submodule: ['lib'] });
    expect(existsSync(mark)).toBe(false);
  });

  test('stays where it cannot be told whether there is any', () => {
    submodule();
    rmSync(join(repo, 'lib/.git/HEAD'));
    expect(facts()).toEqual({ submodule: ['lib'] });
    must('leave-submodule', 'lib');
    expect(existsSync(join(repo, 'lib/inside.txt'))).toBe(true);
  });
});

test('wherever the agent went, the branch of the session stands at what was committed', () => {
  git('checkout', '-q', '--detach');
  put('a.txt', 'detached\n');
  const detached = commit();
  expect(git('rev-parse', branch)).toBe(detached);
  expect(git('symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
  git('checkout', '-q', '-b', 'feature');
  put('a.txt', 'feature\n');
  const feature = commit();
  expect(git('rev-parse', branch)).toBe(feature);
  expect(git('symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
  expect(git('status', '--porcelain')).toBe('');
});

describe('a repository whose folder is gone or broken', () => {
  const breaks: [string, () => void][] = [
    ['gone', () => rmSync(join(repo, '.git'), { recursive: true })],
    ['without objects', () => rmSync(join(repo, '.git/objects'), { recursive: true })],
    ['with an index that is none', () => writeFileSync(join(repo, '.git/index'), 'nonsense')],
    ['on a branch without a commit', () => git('checkout', '-q', '--orphan', 'x')],
  ];
  test.each(breaks)('%s: a new one stands at what was saved last, the files stay', (_, breakIt) => {
    put('a.txt', 'committed\n');
    commit();
    put('new.txt', 'saved\n');
    const [saved = '', head = '', base = ''] = shasIn(must('save-work'), 3);
    put('later.txt', 'later\n');
    const pack = packOf(repo, saved);
    breakIt();
    expect(facts()).toEqual({ broken: [''] });
    writeFileSync(join(work, 'in.pack'), pack);
    must('renew-repository', join(work, 'in.pack'), branch, base, saved);
    expect(facts()).toEqual({});
    expect(git('rev-parse', 'HEAD')).toBe(head);
    expect(git('status', '--porcelain').split('\n').toSorted()).toEqual(['?? later.txt', '?? new.txt']);
    expect(run('save-work').status).toBe(0);
  });
});

/** A file whose line ends in the repository are not those that its attributes ask for, as git itself made it. */
function oldLineEnds(): void {
  put('.gitattributes', '*.txt text\n');
  git('add', '.gitattributes');
  git('commit', '-qm', 'attributes');
  git('update-ref', 'refs/deckhand/base', 'HEAD');
  // Its times are not those of the index any more, as after a copy of the disk: git looks at the content.
  put('crlf.txt', 'a\r\nb\r\n');
}

test('a file that nobody touched is not written anew for its line ends', () => {
  oldLineEnds();
  expect(git('status', '--porcelain')).toBe('M crlf.txt');
  const before = git('rev-parse', 'HEAD:crlf.txt');
  expect(must('changed-files', '1000')).toBe('');
  expect(shasIn(must('save-work'), 3)[0]).toBe(git('rev-parse', 'HEAD'));
  put('new\nline.txt', 'x\n');
  must('commit-work', 'm', ...author, 'deckhand/ses_a-1');
  expect(git('rev-parse', 'HEAD:crlf.txt')).toBe(before);
  expect(git('show', '--stat', '--format=', 'HEAD')).toContain('1 file changed');
  put('crlf.txt', 'a\r\nc\r\n');
  expect(numstat().map(({ path }) => path)).toEqual(['crlf.txt', 'new\nline.txt']);
  must('commit-work', 'm', ...author, 'deckhand/ses_a-1');
  expect(git('rev-parse', 'HEAD:crlf.txt')).not.toBe(before);
});

test('a file that only looks changed for its line ends does not keep the tree from a newer base', () => {
  oldLineEnds();
  put('aside.txt', 'a\r\nb\r\nc\r\n');
  const blob = git('hash-object', '-w', '--no-filters', 'aside.txt');
  rmSync(join(repo, 'aside.txt'));
  git('update-index', '--cacheinfo', `100644,${blob},crlf.txt`);
  const newer = git('commit-tree', '-p', 'HEAD', '-m', 'newer', git('write-tree'));
  git('reset', '-q');
  expect(git('status', '--porcelain')).toBe('M crlf.txt');
  must('sync', '', branch, newer);
  expect(git('rev-parse', 'HEAD')).toBe(newer);
  expect(readFileSync(join(repo, 'crlf.txt'), 'utf8')).toBe('a\r\nb\r\nc\r\n');
  // One that the newer base leaves as it is is there too.
  put('crlf.txt', 'a\r\nb\r\nc\r\n');
  const same = git('commit-tree', '-p', 'HEAD', '-m', 'same', 'HEAD^{tree}');
  must('sync', '', branch, same);
  expect(readFileSync(join(repo, 'crlf.txt'), 'utf8')).toBe('a\r\nb\r\nc\r\n');
});
