import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appendLog, type LogBlock } from './logBlocks.ts';

const none: readonly LogBlock[] = [];
const whole = (blocks: readonly LogBlock[]) => blocks.map(block => block.text).join('');
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `line ${from + n}\n`).join('');

test('a log is whole, however it came in pieces', () => {
  const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\n\n', 'a\r', '\u001b[31m'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
      const blocks = pieces.reduce(appendLog, none);
      expect(whole(blocks)).toBe(pieces.join(''));
      expect(blocks.map(({ n }) => n)).toEqual(blocks.map((_, n) => n));
    }),
  );
});

test('blocks that are full stay as they are', () => {
  const before = appendLog(none, numbered(0, 1000));
  const after = appendLog(before, numbered(1000, 1010));
  expect(before).toHaveLength(5);
  expect(after).toHaveLength(6);
  expect(after.slice(0, 4).every((block, n) => block === before[n])).toBe(true);
});

test('a colour goes on in the next block until it is reset', () => {
  const red = appendLog(none, `\u001b[31m${numbered(0, 401)}`);
  expect(red.map(block => block.colours)).toEqual(['', '\u001b[31m', '\u001b[31m']);
  const plain = appendLog(red, `\u001b[0m${numbered(0, 400)}`);
  expect(plain.at(-1)?.colours).toBe('\u001b[0m');
});

test('of a log without end the newest part is kept', () => {
  let blocks = none;
  for (let n = 0; n < 25; n++) blocks = appendLog(blocks, numbered(n * 10_000, (n + 1) * 10_000));
  expect(blocks.reduce((sum, block) => sum + block.lines, 0)).toBe(200_000);
  expect(blocks[0]?.n).toBe(250);
  expect(blocks[0]?.text).toMatch(/^line 50000\n/);
});

test('a line without end is cut between characters', () => {
  const blocks = appendLog(none, '🚢'.repeat(30_000));
  expect(blocks[0]?.lines).toBe(2);
  expect(whole(blocks)).toBe('🚢'.repeat(30_000));
});
