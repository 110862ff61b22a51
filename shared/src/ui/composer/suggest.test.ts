import { expect, test } from '@jest/globals';
import { begunAt } from './suggest.ts';

test.each([
  ['@', { sign: '@', typed: '', isFirst: true, from: 0 }],
  ['Look at @src/to', { sign: '@', typed: 'src/to', isFirst: false, from: 8 }],
  ['a\n@x', { sign: '@', typed: 'x', isFirst: false, from: 2 }],
  ['/pl', { sign: '/', typed: 'pl', isFirst: true, from: 0 }],
  ['/model gpt-5', { sign: '/', typed: 'model gpt-5', isFirst: true, from: 0 }],
  ['ana@example.org', null],
  ['either/or', null],
  ['Look at @src/total.ts ', null],
  ['see /pl', null],
])('%j begins %j', (text, wanted) => {
  expect(begunAt(text, text.length)).toEqual(wanted);
});
