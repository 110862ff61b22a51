import { expect, test } from '@jest/globals';
import { waitMsOf } from './client.ts';

const refusal = (status: number, headers: Record<string, string> = {}) => ({ status, response: { headers } });

test.each([
  ['a secondary limit says for how long', refusal(403, { 'retry-after': '7' }), 7_000],
  [
    'a primary limit says until when',
    refusal(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '105' }),
    5_000,
  ],
  ['too many requests without a word', refusal(429), 1_000],
  ['something that is forbidden', refusal(403, { 'x-ratelimit-remaining': '12' }), null],
  ['something that is not there', refusal(404, { 'retry-after': '7' }), null],
  ['no answer', new TypeError('fetch failed'), null],
])('%s', (_, error, waitMs) => {
  expect(waitMsOf(error, 100_000)).toBe(waitMs);
});
