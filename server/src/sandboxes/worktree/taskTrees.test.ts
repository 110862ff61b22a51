import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  author,
  eachInItsOwn,
  git,
  must,
  put,
  refs,
  repo,
  treeNow,
  trees,
  work,
} from '../../../test/helpers/scriptFixture.ts';
import { taskCommitOf, taskMergeOf, taskTreeOf } from '../untrusted/taskAnswers.ts';

eachInItsOwn();

const id = 'tsk_0123456789';
const other = 'tsk_9876543210';
const at = (taskId: string, path: string) => join(work, 'tasks', taskId, path);
const open = (taskId = id, from = '-') => {
  const opened = taskTreeOf(must('task-tree', taskId, from));
  if (!opened.ok) throw new Error(opened.message);
  return opened.made;
};
const commit = (taskId = id) => {
  const kept = taskCommitOf(must('task-commit', taskId, 'Do it', ...author));
  if (!kept.ok) throw new Error(kept.message);
  return kept.commit;
};
const merge = (taskId = id, into = '-') => {
  const merged = taskMergeOf(must('task-merge', taskId, into));
  if (!merged.ok) throw new Error(merged.message);
  return merged.merge;
};
const write = (taskId: string, path: string, text: string) => {
  mkdirSync(dirname(at(taskId, path)), { recursive: true });
  writeFileSync(at(taskId, path), text);
};
const text = (path: string) => readFileSync(join(repo, path), 'utf8');

test('a task begins from all that lies in the tree, and its work comes back as one commit that is merged', () => {
  put('a.txt', 'one\ntwo\n3\n');
  put('new.txt', 'in no commit\n');
  expect(open()).toBe(true);
  expect(readFileSync(at(id, 'a.txt'), 'utf8')).toBe('one\ntwo\n3\n');
  expect(readFileSync(at(id, 'new.txt'), 'utf8')).toBe('in no commit\n');
  expect(commit()).toBeNull();
  write(id, 'a.txt', '1\ntwo\n3\n');
  write(id, 'made/here.txt', 'x\n');
  rmSync(at(id, 'sub'), { recursive: true });
  // What whoever gave it did meanwhile.
  put('crlf.txt', 'a\r\nb\r\nc\r\n');
  const head = git('rev-parse', 'HEAD');
  const done = commit();
  expect(done?.files.map(({ path }) => path)).toEqual(['a.txt', 'made/here.txt', 'sub/b.txt']);
  expect(git('log', '-1', '--format=%an %ae %s', done?.sha ?? '')).toBe(`${author.join(' ')} Do it`);
  expect(merge()).toEqual({ kind: 'merged' });
  expect([text('a.txt'), text('made/here.txt'), text('crlf.txt'), text('new.txt')]).toEqual([
    ...['1\ntwo\n3\n', 'x\n'],
    ...['a\r\nb\r\nc\r\n', 'in no commit\n'],
  ]);
  expect(existsSync(join(repo, 'sub/b.txt'))).toBe(false);
  // Neither branch nor index moved: whoever commits commits it as work of the session.
  expect([git('rev-parse', 'HEAD'), git('diff', '--cached', '--name-only')]).toEqual([head, '']);
  expect(merge()).toEqual({ kind: 'nothing' });
  must('task-leave', id);
  expect(existsSync(join(work, 'tasks', id))).toBe(false);
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  // What it came to is there still, also for who asks again after a crash.
  expect(commit()).toEqual(done);
  expect(merge()).toEqual({ kind: 'nothing' });
});

test('what conflicts is named and touches nothing; the commit is there for whoever merges it', () => {
  open();
  open(other);
  write(id, 'a.txt', 'first\ntwo\nthree\n');
  write(other, 'a.txt', 'second\ntwo\nthree\n');
  write(other, 'b.txt', 'free\n');
  commit();
  const second = commit(other);
  expect(merge()).toEqual({ kind: 'merged' });
  const before = treeNow();
  expect(merge(other)).toEqual({ kind: 'conflict', paths: ['a.txt'] });
  expect(treeNow()).toBe(before);
  expect(git('show', `refs/deckhand/tasks/${other}:a.txt`)).toBe('second\ntwo\nthree');
  expect(git('rev-parse', `refs/deckhand/tasks/${other}`)).toBe(second?.sha);
});

test('a task of a task begins from that one’s tree and comes back into it', () => {
  open();
  write(id, 'outer.txt', 'x\n');
  open(other, id);
  expect(readFileSync(at(other, 'outer.txt'), 'utf8')).toBe('x\n');
  write(other, 'inner.txt', 'y\n');
  commit(other);
  expect(merge(other, id)).toEqual({ kind: 'merged' });
  expect(readFileSync(at(id, 'inner.txt'), 'utf8')).toBe('y\n');
  expect(existsSync(join(repo, 'inner.txt'))).toBe(false);
  expect(commit()?.files.map(({ path }) => path)).toEqual(['inner.txt', 'outer.txt']);
});

test('what git ignores is there as links, and never part of the work', () => {
  put('ignored/pkg/index.js', 'x\n');
  expect(open()).toBe(true);
  expect(readFileSync(at(id, 'ignored/pkg/index.js'), 'utf8')).toBe('x\n');
  expect(commit()).toBeNull();
  expect(open()).toBe(false);
  must('task-leave', id);
  expect(text('ignored/pkg/index.js')).toBe('x\n');
});

test('a tree that is gone is made anew, and a half-made one is no obstacle', () => {
  open();
  write(id, 'lost.txt', 'x\n');
  rmSync(join(work, 'tasks'), { recursive: true });
  expect(open()).toBe(true);
  expect(existsSync(at(id, 'lost.txt'))).toBe(false);
  mkdirSync(at(other, 'sub'), { recursive: true });
  expect(open(other)).toBe(true);
});

test('commits that the agent made in its tree come back as one; what a link leads to is not followed', () => {
  open();
  write(id, 'own.txt', 'x\n');
  symlinkSync('/etc/passwd', at(id, 'link'));
  const inTree = (...args: string[]) =>
    execFileSync('git', args, { cwd: join(work, 'tasks', id), stdio: 'ignore' });
  inTree('add', '-A');
  inTree('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'mine');
  write(id, 'more.txt', 'x\n');
  expect(commit()?.files.map(({ path }) => path)).toEqual(['link', 'more.txt', 'own.txt']);
  expect(merge()).toEqual({ kind: 'merged' });
  expect(execFileSync('readlink', [join(repo, 'link')], { encoding: 'utf8' }).trim()).toBe('/etc/passwd');
});

test.each(Object.keys(trees))('from a work tree with: %s', name => {
  trees[name]?.make();
  const before = treeNow();
  open();
  write(id, 'made.txt', 'x\n');
  expect(commit()?.files.map(({ path }) => path)).toEqual(['made.txt']);
  expect(merge()).toEqual({ kind: 'merged' });
  rmSync(join(repo, 'made.txt'));
  expect(treeNow()).toBe(before);
  must('task-leave', id);
  expect(existsSync(join(work, 'was-run'))).toBe(false);
  expect(refs().filter(ref => ref.includes('task-bases'))).toEqual([]);
});
