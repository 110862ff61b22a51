import { expect, test } from '@jest/globals';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { type GrowingBlocks, growBlocks, noBlocks } from './growingBlocks.ts';

const parts = [
  'A paragraph of some words that goes on over\nseveral lines, with `code` and **more**.\n\n',
  '# A heading\n\n',
  'Turned into a heading by the next line\n===\n\n',
  '- a point\n- another\n\n  with a paragraph of its own\n\n- and a third behind an empty line\n\n',
  '1. first\n\n2. second\n\n3. third\n\n',
  '```ts\nconst a = 1;\n\n\n# no heading\n\nconst b = 2;\n```\n\n',
  '~~~\n```\n~~~\n\n',
  '    code by indentation\n\n    and more of it\n\n',
  '> quoted\n>\n> still quoted\nlazily so\n\n',
  '| a | b |\n|---|---|\n| 1 | 2 |\n\n',
  '<div>\n\nhtml\n\n</div>\n\n',
  '***\n\n',
  'Mächtig 👩‍💻 viele Zeichen\r\nmit anderen Zeilenenden\r\n\r\n',
];

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const shapes = (text: string) => fromMarkdown(text).children.map(({ type }) => type);

test('however a text arrives, its blocks are the text to the letter and are the blocks of the whole', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = numbers(seed);
    const below = (n: number) => Math.floor((random.next().value ?? 0) * n);
    const text = Array.from({ length: 20 + below(30) }, () => parts[below(parts.length)]).join('');
    let blocks: GrowingBlocks = noBlocks;
    for (let at = 0; at < text.length; ) {
      at = Math.min(text.length, at + 1 + below(80));
      const before = blocks.settled;
      blocks = growBlocks(blocks, text.slice(0, at));
      expect(blocks.settled.join('') + blocks.open).toBe(text.slice(0, at));
      // What was drawn stays drawn.
      expect(blocks.settled.slice(0, before.length)).toEqual(before);
    }
    expect([...blocks.settled, blocks.open].flatMap(shapes)).toEqual(shapes(text));
  }
});

test('what is parsed again stays small, however long the text is', () => {
  let blocks: GrowingBlocks = noBlocks;
  let text = '';
  let longest = 0;
  for (let i = 0; i < 2_000; i++) {
    text += `Paragraph ${i} has some words in it.\n\n`;
    blocks = growBlocks(blocks, text);
    longest = Math.max(longest, blocks.open.length);
  }
  expect(longest).toBeLessThan(500);
});

test('a text that is another one begins anew', () => {
  const long = parts.join('').repeat(3);
  const blocks = growBlocks(noBlocks, long);
  expect(growBlocks(blocks, 'Something else')).toEqual({ settled: [], open: 'Something else' });
});
