import { matchesGlob } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkOf, filesFor, isPattern } from './checks.ts';

const files = (patterns: string | string[], paths: string[]) =>
  filesFor(checkOf(['lint', { run: 'true', files: patterns }]), paths);

test('patterns are for paths as people expect', () => {
  const paths = ['a.ts', 'src/a.ts', 'src/deep/b.ts', 'src/deep/b.tsx', 'docs/a.md', 'src'];
  expect(files('*.ts', paths)).toEqual(['a.ts', 'src/a.ts', 'src/deep/b.ts']);
  expect(files('src/*.ts', paths)).toEqual(['src/a.ts']);
  expect(files('src/**/*.ts', paths)).toEqual(['src/a.ts', 'src/deep/b.ts']);
  expect(files(['docs/**', '*.ts?'], paths)).toEqual(['src/deep/b.tsx', 'docs/a.md']);
  expect(filesFor(checkOf(['all', 'true']), paths)).toEqual(paths);
});

test('as Node has it, whatever a pattern is made of', () => {
  const segment = fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 4 });
  const name = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 });
  const joined = (parts: string[][]) => parts.map(each => each.join('').replaceAll(/\*+/g, '*')).join('/');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(segment, fc.constant<string[]>(['**'])), { minLength: 2, maxLength: 4 }),
      fc.array(name, { minLength: 1, maxLength: 4 }),
      (pattern, path) => {
        const text = pattern.map(each => (each[0] === '**' ? '**' : joined([each]))).join('/');
        // Of a folder itself, Node says that what is below it matches it too.
        if (text.endsWith('/**')) return;
        expect([text, joined(path), files(text, [joined(path)]).length > 0]).toEqual([
          text,
          joined(path),
          matchesGlob(joined(path), text),
        ]);
      },
    ),
    { numRuns: 500 },
  );
});

test('one that is made to take for ever does not', () => {
  const startedMs = performance.now();
  expect(files(`${'*a'.repeat(60)}*b`, ['a'.repeat(4000)])).toEqual([]);
  expect(files(`${'**/a/'.repeat(40)}b`, ['a/'.repeat(1000)])).toEqual([]);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

test('what is no pattern here is refused', () => {
  for (const text of ['{a,b}', '[ab]', '!a', '/abs', '../up', '']) expect(isPattern(text)).toBe(false);
  for (const text of ['*.ts', 'src/**', './a/?.c']) expect(isPattern(text)).toBe(true);
});
