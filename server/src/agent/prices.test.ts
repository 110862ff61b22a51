import { expect, test } from '@jest/globals';
import { costOf, parsePrices } from './prices.ts';

const prices = { 'large-1': { input: 2, cachedInput: 0.5, output: 10 } };
const usage = { inputTokens: 3_000, cachedInputTokens: 1_000, outputTokens: 500, steps: 2 };

test('a turn costs its fresh, cached and written tokens, each at its price', () => {
  expect(costOf(prices, 'large-1', usage)).toBe(0.0095);
});

test('what a model of no known price costs is not known, whatever it is called', () => {
  expect(costOf(prices, 'other', usage)).toBeUndefined();
  expect(costOf(prices, 'toString', usage)).toBeUndefined();
});

test('a price of nothing is a known price', () => {
  expect(costOf({ local: { input: 0, cachedInput: 0, output: 0 } }, 'local', usage)).toBe(0);
});

test('a table that is wrong says where', () => {
  expect(parsePrices('{"m":{"input":1,"cachedInput":1}}')).toEqual({
    ok: false,
    message: expect.stringContaining('m.output'),
  });
  expect(parsePrices('{"m":{"input":-1,"cachedInput":1,"output":1}}')).toMatchObject({ ok: false });
  expect(parsePrices('{')).toEqual({ ok: false, message: expect.stringContaining('not JSON') });
});
