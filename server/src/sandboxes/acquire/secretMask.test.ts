import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMask } from './secretMask.ts';

const mask = (...values: string[]) => createMask(values.map((value, i) => ({ name: `S${i}`, value })));

test('values are replaced by their names, as they are, as base64 and inside of JSON', () => {
  const { text } = mask('hunter"2\nnext');
  expect(text('a hunter"2\nnext b')).toBe('a [secret S0] b');
  expect(text(JSON.stringify({ a: 'hunter"2\nnext' }))).toBe('{"a":"[secret S0]"}');
  expect(text(btoa('hunter"2\nnext'))).toBe('[secret S0]');
});

test('a value inside of longer base64, as in a header, is found wherever its bytes begin', () => {
  for (const user of ['', 'u', 'us', 'use']) {
    const header = `Authorization: Basic ${btoa(`${user}:p4ss-word-9`)}`;
    expect(mask('p4ss-word-9').text(header)).toContain('[secret S0]');
  }
});

test('short values stay, of two that begin alike the longer counts, and signs mean themselves', () => {
  expect(mask('short').text('short')).toBe('short');
  expect(mask('abcdef', 'abcdefgh').text('abcdefgh abcdefg')).toBe('[secret S1] [secret S0]g');
  expect(mask('a.*b(c[').text('a.*b(c[ axxb(c[')).toBe('[secret S0] axxb(c[');
  expect(mask('ending-with-newline\n').text('x ending-with-newline y')).toBe('x [secret S0] y');
});

test('a stream gives out at once what cannot be the beginning of a secret', () => {
  const stream = mask('abcdefgh').stream();
  expect(stream.push('hello ')).toBe('hello ');
  expect(stream.push('abc')).toBe('');
  expect(stream.push('x abcdefgh')).toBe('abcx [secret S0]');
  expect(stream.push(' abcdefg')).toBe(' ');
  expect(stream.end()).toBe('abcdefg');
  expect(stream.end()).toBe('');
});

// Letters that no `[secret …]` has, few of them, so that values overlap, repeat and begin inside each other.
const letters = fc.constantFrom('a', 'b', '+', '"', '\\', '\n', 'é', '😀');
const value = fc.string({ unit: letters, minLength: 6, maxLength: 14 });
const values = fc.array(value, { minLength: 1, maxLength: 4 });
const pieces = (all: string[]) =>
  fc.array(
    fc.oneof(
      fc.string({ unit: letters, maxLength: 8 }),
      fc.constantFrom(...all),
      fc.constantFrom(...all).map(text => text.slice(0, -1)),
      fc.constantFrom(...all).map(text => Buffer.from(text).toString('base64')),
      fc.constantFrom(...all).map(text => JSON.stringify(text)),
    ),
    { maxLength: 8 },
  );
const cases = values.chain(all =>
  fc.record({
    all: fc.constant(all),
    text: pieces(all).map(found => found.join('')),
    cuts: fc.array(fc.nat({ max: 200 }), { maxLength: 12 }),
  }),
);

test('however a text is cut, a stream says what the whole would, holds back little, and no value is in it', () => {
  fc.assert(
    fc.property(cases, ({ all, text, cuts }) => {
      const mask = createMask(all.map((each, i) => ({ name: `Z${i}`, value: each })));
      const longest = Math.max(...all.map(each => Buffer.from(each).toString('base64').length * 2));
      const stream = mask.stream();
      let said = '';
      let given = 0;
      for (const cut of [...cuts, text.length].toSorted((a, b) => a - b)) {
        said += stream.push(text.slice(given, cut));
        given = Math.max(given, Math.min(cut, text.length));
        expect(mask.text(text.slice(0, given)).length - said.length).toBeLessThan(longest + 20);
      }
      said += stream.end();
      expect(said).toBe(mask.text(text));
      for (const each of all) expect(said).not.toContain(each);
    }),
    { numRuns: 3_000 },
  );
});

test('live: a key is shown at once, and a secret that comes in pieces is never shown beyond its first letters', () => {
  const typed = mask('abcdefgh').live();
  expect(['a', 'b', 'c', 'x'].map(key => typed.push(key))).toEqual(['a', 'b', 'c', 'x']);
  const printed = mask('abcdefgh').live();
  expect([...'-abcdefgh-'].map(key => printed.push(key)).join('')).toBe('-abc[secret S0]-');
  const whole = mask('abcdefgh').live();
  expect(whole.push('one abcdefgh two abcd')).toBe('one [secret S0] two ');
  expect(whole.push('x')).toBe('abcdx');
});

test('live: all that is no secret comes through, in order, and no secret does, wherever it is cut', () => {
  fc.assert(
    fc.property(cases, ({ all, text, cuts }) => {
      const live = mask(...all).live();
      const ends = [...new Set([...cuts, text.length])].toSorted((a, b) => a - b);
      let from = 0;
      let shown = '';
      for (const end of ends) {
        shown += live.push(text.slice(from, end));
        from = end;
      }
      shown += live.push('') + live.end();
      for (const secret of all) expect(shown).not.toContain(secret);
      // Of what is masked at once at most the first letters of each were shown before.
      const plain = shown.replaceAll(/\[secret S\d\]/g, '');
      expect(plain.length).toBeLessThanOrEqual(text.length);
    }),
  );
});
