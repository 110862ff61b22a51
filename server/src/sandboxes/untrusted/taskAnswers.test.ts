import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { taskCommitOf, taskMergeOf, taskTreeOf } from './taskAnswers.ts';

const sha = 'a'.repeat(40);

test('what our scripts say is read; what a command inside says in their place is not believed', () => {
  expect(taskTreeOf(`made ${sha}\n`)).toEqual({ ok: true, made: true });
  expect(taskTreeOf(`there ${sha}`)).toEqual({ ok: true, made: false });
  expect(taskCommitOf('')).toEqual({ ok: true, commit: null });
  expect(taskCommitOf(`${sha}\0${'1\t2\ta.ts\0'}`)).toEqual({
    ok: true,
    commit: { sha, files: [{ path: 'a.ts', added: 1, removed: 2 }] },
  });
  expect(taskMergeOf('merged\0')).toEqual({ ok: true, merge: { kind: 'merged' } });
  expect(taskMergeOf('conflict\0a\nb\0')).toEqual({ ok: true, merge: { kind: 'conflict', paths: ['a?b'] } });
  for (const wrong of ['made', 'made x', `gone ${sha}`, `made ${sha}; rm`, ''])
    expect(taskTreeOf(wrong)).toMatchObject({ ok: false, code: 'sandbox_lost' });
  for (const wrong of ['--help\0', 'HEAD\0', `${sha}`, '\0'])
    expect(taskCommitOf(wrong)).toMatchObject({ ok: false });
  expect(taskMergeOf('fine\0')).toMatchObject({ ok: false });
});

test('junk never throws, and what is believed is bounded', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ maxLength: 900 }), { maxLength: 80 }), (text, paths) => {
      taskTreeOf(text);
      taskCommitOf(text);
      const merged = taskMergeOf(`conflict\0${paths.join('\0')}\0`);
      if (!merged.ok || merged.merge.kind !== 'conflict') throw new Error('a conflict');
      expect(merged.merge.paths.length).toBeLessThanOrEqual(50);
      expect(merged.merge.paths.every(path => path.length <= 400)).toBe(true);
    }),
  );
});
