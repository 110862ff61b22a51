import { expect, test } from '@jest/globals';
import { plain } from './plain.ts';

test('nothing but text and colours reaches a terminal', () => {
  expect(plain('\u001b[31mred\u001b[0m grün 日本\tx\n')).toBe('\u001b[31mred\u001b[0m grün 日本\tx\n');
  expect(plain('a\u001b]0;title\u0007b')).toBe('a]0;titleb');
  expect(plain('a\u001b]52;c;aGk=\u001b\\b')).toBe('a]52;c;aGk=\\b');
  expect(plain('a\u001b[2J\u001b[1;1Hb\u009b2Jc\u0008\u0000')).toBe('a[2J[1;1Hb2Jc');
  expect(plain('10 %\r20 %\r\ndone')).toBe('10 %\n20 %\ndone');
});
