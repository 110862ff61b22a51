import { expect, test } from '@jest/globals';
import type { EgressNoted, SessionEvent } from '../index.ts';
import { egressOf } from './egress.ts';

const noted = (data: EgressNoted) => ({ type: 'egress.noted', data }) as SessionEvent;

test('each place is there once with its newest count, blocked ones first', () => {
  const b = { host: 'b.example', port: 443, outcome: 'allowed' as const };
  const a = { host: 'a.example', port: 443, outcome: 'allowed' as const };
  const z = { host: 'z.example', port: 443, outcome: 'refused' as const, reason: 'not on the list' };
  const events = [
    noted({ ...b, count: 1 }),
    null,
    noted({ ...z, count: 1 }),
    noted({ ...a, count: 1 }),
    noted({ ...b, count: 12 }),
  ];
  expect(egressOf(events)).toEqual([
    { ...z, count: 1 },
    { ...a, count: 1 },
    { ...b, count: 12 },
  ]);
});
