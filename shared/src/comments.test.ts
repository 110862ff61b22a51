import { expect, test } from '@jest/globals';
import { LineComment, placeText, withComments } from './comments.ts';

const comment = LineComment.parse({
  path: 'src/a.ts',
  side: 'after',
  ...{ from: 3, to: 5 },
  quote: 'one\n```\ntwo',
  text: '  Say why.  ',
  commit: 'a'.repeat(40),
});

test('a prompt names each place with what stands there, and nothing in that ends its quote', () => {
  const gone = {
    ...comment,
    side: 'before' as const,
    to: 3,
    quote: 'x',
    commit: undefined,
    text: 'And this?',
  };
  expect(withComments('Two remarks', [comment, gone])).toBe(
    [
      'Two remarks',
      '1. `src/a.ts`, lines 3–5 (after the change, commit aaaaaaaaaaaa):\n````\none\n```\ntwo\n````\nSay why.',
      '2. `src/a.ts`, line 3 (before the change):\n```\nx\n```\nAnd this?',
    ].join('\n\n'),
  );
  expect(withComments('  Alone ', [])).toBe('  Alone ');
});

test('a name that would read as something else is spelled out', () => {
  const path = 'a\u202eb`\n1. `c';
  expect(placeText({ ...comment, path })).toBe('a\\u{202e}b\\u{60}\\u{a}1. \\u{60}c, lines 3–5');
  expect(withComments('x', [{ ...comment, path }]).split('\n')[2]).toMatch(/^1\. `a\\u\{202e\}b/);
});

test('what is no place is refused', () => {
  for (const wrong of [
    { from: 0 },
    { to: 2 },
    { text: ' ' },
    { commit: 'HEAD' },
    { path: '' },
    { side: 'left' },
  ])
    expect(LineComment.safeParse({ ...comment, ...wrong }).success).toBe(false);
});
