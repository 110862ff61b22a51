import { expect, test } from '@jest/globals';
import { editsOf, replaced } from './editLines.ts';

const drawn = (before: string, after: string) =>
  replaced(before, after).lines.map(({ sign, text }) => sign + text);

test('what both begin and end with stands once', () => {
  expect(drawn('a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual([' a', '-b', '+x', '+y', ' c']);
  expect(drawn('', 'new\n')).toEqual(['+new']);
  expect(drawn('gone', '')).toEqual(['-gone']);
  expect(drawn('a\na', 'a')).toEqual([' a', '-a']);
  expect(drawn('same', 'same')).toEqual([' same']);
});

test('lines give what was and what is again, whatever they are', () => {
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor(seed / 65536) % below;
  };
  const some = () => Array.from({ length: next(7) }, () => 'abc'[next(3)]);
  for (let run = 0; run < 500; run++) {
    const [before, after] = [some(), some()];
    const { lines } = replaced(before.join('\n'), after.join('\n'));
    expect(lines.filter(({ sign }) => sign !== '+').map(({ text }) => text)).toEqual(before);
    expect(lines.filter(({ sign }) => sign !== '-').map(({ text }) => text)).toEqual(after);
  }
});

test('a call is read as it comes, and what has another shape is no edit', () => {
  expect(editsOf('edit', { path: 'a', old: 'x', new: 'y' })?.parts).toHaveLength(1);
  const several = [{ old: 'x', new: 'y' }, null, { old: 1 }, { old: '1', new: '2' }];
  expect(editsOf('edit', { path: 'a', edits: several })?.parts).toHaveLength(2);
  expect(editsOf('write', { path: 'a', content: 'x\n'.repeat(1000) })?.parts[0]?.left).toBe(600);
  for (const other of [null, 'text', {}, { path: 1 }, { edits: 'x' }])
    expect(editsOf('edit', other)).toBeNull();
  expect(editsOf('bash', { content: 'x' })).toBeNull();
});
