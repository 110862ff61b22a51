import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { resultOutputBytes } from '../protocol/limits.ts';
import { fitText } from './fit.ts';

test('what fits is left alone', () => {
  expect(fitText('héllo')).toEqual({ text: 'héllo', truncated: false, bytes: 6 });
});

test('what does not fit keeps head and tail, says how much was cut, and never cuts a character', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 6000, max: 9000 }),
      fc.constantFrom('é', '語', '🙂', 'aé語🙂'),
      (count, unit) => {
        const text = unit.repeat(count);
        const { text: fitted, truncated, bytes } = fitText(text);
        expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(resultOutputBytes);
        if (!truncated) return expect(fitted).toBe(text);
        expect(fitted).not.toContain('\ufffd');
        const [head = '', note = '', tail = ''] = fitted.split('\n');
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
        const cut = Number(/(\d+) bytes cut/.exec(note)?.[1]);
        expect(Buffer.byteLength(head) + cut + Buffer.byteLength(tail)).toBe(bytes);
      },
    ),
  );
});
