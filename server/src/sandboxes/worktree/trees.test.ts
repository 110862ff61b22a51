import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  author,
  eachInItsOwn,
  git,
  moveTo,
  must,
  newBase,
  numstat,
  packOf,
  refs,
  repo,
  root,
  shasIn,
  treeNow,
  trees,
} from '../../../test/helpers/scriptFixture.ts';
import { shasOf } from '../untrusted/answers.ts';

eachInItsOwn();

describe.each(Object.entries(trees))('%s', (_, { make, files }) => {
  test('is listed', () => {
    make();
    const before = git('status', '--porcelain');
    expect(
      numstat()
        .map(file => file.path)
        .toSorted(),
    ).toEqual(files.toSorted());
    expect(git('status', '--porcelain')).toBe(before);
  });

  test('is saved without being touched, and comes back elsewhere as it was', () => {
    make();
    const status = git('status', '--porcelain');
    const head = git('rev-parse', 'HEAD');
    const tree = treeNow();
    const said = shasOf(must('save-work'), 3);
    if (!said.ok) throw new Error(said.message);
    const [sha = '', saidHead, base = ''] = said.shas;
    expect(saidHead).toBe(head);
    expect(git('rev-parse', `${sha}^{tree}`)).toBe(tree);
    expect(git('rev-parse', 'refs/deckhand/saved')).toBe(sha);
    expect(git('status', '--porcelain')).toBe(status);
    // Again: nothing new comes of it.
    expect(shasOf(must('save-work'), 3)).toMatchObject({ ok: true });
    expect(git('rev-parse', 'refs/deckhand/saved^{tree}')).toBe(tree);

    const pack = packOf(repo, sha);
    const into = mkdtempSync(join(root, 'other-'));
    moveTo(into);
    writeFileSync(join(into, 'in.pack'), pack);
    must('checkout', join(into, 'in.pack'), 'deckhand/ses_a-1', base, sha, '');
    expect(git('rev-parse', 'HEAD')).toBe(head);
    expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/deckhand/ses_a-1');
    expect(treeNow()).toBe(tree);
    expect(existsSync(join(into, 'in.pack'))).toBe(false);
    expect(refs()).toEqual(['refs/deckhand/base', 'refs/heads/deckhand/ses_a-1']);
  });

  test('is committed whole in its author’s name, once', () => {
    make();
    const tree = treeNow();
    const [first = ''] = shasIn(must('commit-work', 'A *message*\n\n# kept', ...author, 'deckhand/ses_a-1'));
    expect(git('rev-parse', `${first}^{tree}`)).toBe(tree);
    expect(git('rev-parse', 'HEAD')).toBe(first);
    expect(git('status', '--porcelain')).toBe('');
    const [again] = shasIn(must('commit-work', 'Another', ...author, 'deckhand/ses_a-1'));
    expect(again).toBe(first);
    const isOurs = git('log', '-1', '--format=%s', first) === 'A *message*';
    if (isOurs)
      expect(git('log', '-1', '--format=%an <%ae> %cn|%b', first)).toBe(
        'Ada Lovelace <ada@example.test> Ada Lovelace|# kept',
      );
    expect(isOurs).toBe(files.length > 0);
  });

  test('outlives what others merged', () => {
    make();
    const base = newBase();
    const inMerge = existsSync(join(repo, '.git/MERGE_HEAD'));
    if (inMerge) return;
    const edited = git('status', '--porcelain') !== '';
    expect(must('go-onwards', base.pack, 'deckhand/ses_a-2', base.sha).trim()).toMatch(/^(taken|conflict)$/);
    expect(git('rev-parse', 'HEAD')).toBe(base.sha);
    expect(git('rev-parse', 'refs/deckhand/base')).toBe(base.sha);
    expect(git('stash', 'list')).toBe('');
    if (edited) expect(git('status', '--porcelain')).not.toBe('');
    expect(must('go-onwards', '', 'deckhand/ses_a-2', base.sha).trim()).toBe('nothing');
  });
});
