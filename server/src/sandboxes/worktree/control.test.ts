import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eachInItsOwn, git, must, put, refs, work } from '../../../test/helpers/scriptFixture.ts';
import { oneLine, personsWorkOf } from '../untrusted/controlAnswers.ts';

eachInItsOwn();

const id = 'ctl_0123456789';
const history = () => join(work, 'history');
const typed = (...lines: string[]) => writeFileSync(history(), `${lines.join('\n')}\n`);
const seconds = () => Math.floor(Date.now() / 1000);
const changes = (controlId = id) =>
  personsWorkOf(must('control-changes', controlId, history(), '20', '65536'));
const paths = () => changes()?.files.map(({ path }) => path);

test('what changed since: files, committed or not, commits and what was typed; nothing of before', () => {
  put('before.txt', 'in no commit\n');
  typed(`#${seconds() - 3600}`, 'rm -rf before');
  must('control-mark', id);
  expect(changes()).toEqual({ files: [], commits: [], moved: false, typed: [] });
  put('a.txt', 'one\n2\nthree\n');
  git('commit', '-qam', 'By hand');
  put('new.txt', 'x\n');
  typed(
    `#${seconds() - 3600}`,
    'rm -rf before',
    `#${seconds() + 1}`,
    'npm test',
    `#${seconds() + 2}`,
    'for a in b',
    'do c; done',
  );
  expect(changes()).toEqual({
    files: [
      { path: 'a.txt', added: 1, removed: 1 },
      { path: 'new.txt', added: 1, removed: 0 },
    ],
    commits: [{ sha: git('rev-parse', '--short', 'HEAD'), author: 'Agent', subject: 'By hand' }],
    moved: false,
    typed: ['npm test', 'for a in b\ndo c; done'],
  });
  // Marked once: what came after it is not taken for what was there.
  must('control-mark', id);
  expect(paths()).toEqual(['a.txt', 'new.txt']);
});

test('a history that was rewritten is said to be; of another time, or where none was marked, nothing is known', () => {
  git('commit', '-q', '--allow-empty', '-m', 'of the agent');
  must('control-mark', id);
  git('reset', '-q', '--hard', 'HEAD^');
  expect(changes()?.moved).toBe(true);
  expect(changes('ctl_another000')).toBeNull();
  must('control-mark', 'ctl_another000');
  expect(changes()).toBeNull();
  expect(refs().filter(ref => ref.includes('control'))).toEqual(['refs/deckhand/control/ctl_another000']);
});

test('an answer of another form is nobody’s work, and no line of it moves or hides anything', () => {
  expect(personsWorkOf('')).toBeNull();
  expect(personsWorkOf('tyesterday\0')).toBeNull();
  const said = personsWorkOf(
    `t100\0cnot-a-sha\tx\ty\0cabcdef1\tA\u001b[2J\u202e\tsubject\0h#1000000000\n${'x'.repeat(5000)}\n\0f1\t2\tok\0fnonsense\0f3\t4\tcut`,
  );
  expect(said?.commits).toEqual([{ sha: 'abcdef1', author: 'A?[2J?', subject: 'subject' }]);
  expect(oneLine(`${said?.typed[0]}\n\u001b`, 300)).toMatch(/^x{299}…$/);
  expect(oneLine('a\nb\u0007', 300)).toBe('a ↵ b?');
  expect(said?.files).toEqual([{ path: 'ok', added: 1, removed: 2 }]);
});
