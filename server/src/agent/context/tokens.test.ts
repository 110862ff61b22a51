import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { loadTokenizer } from './tokens.ts';

test('texts made to be counted slowly are counted at once, and none for less than half of what it costs', async () => {
  const count = await loadTokenizer();
  const run = 'x'.repeat(20_000);
  for (const text of [run, ' '.repeat(20_000), '\u00fc='.repeat(10_000), `${'word '.repeat(200)}${run}`])
    expect(count(text) / countTokens(text)).toBeGreaterThan(0.5);
  const startedMs = performance.now();
  for (const text of [
    'x'.repeat(200_000),
    '-'.repeat(200_000),
    'x'.repeat(10 * 1024 * 1024),
    '\n'.repeat(1_000_000),
  ])
    expect(count(text)).toBeGreaterThan(100);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('what people and programs write is counted as it is', async () => {
  const count = await loadTokenizer();
  const source = readFileSync(new URL('./tokens.ts', import.meta.url), 'utf8');
  expect(count(source)).toBe(countTokens(source));
  expect(count('')).toBe(0);
  const minified = source.replaceAll(/\s+/g, '');
  expect(count(minified) / countTokens(minified)).toBeLessThan(1.03);
  const long = source.repeat(Math.ceil(600_000 / source.length));
  expect(count(long) / countTokens(long)).toBeCloseTo(1, 1);
});
