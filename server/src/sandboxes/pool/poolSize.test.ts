import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { poolSize, shareOut } from './poolSize.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
const nowMs = Date.UTC(2026, 10, 18, 10);
const bounds = { min: 1, max: 8, refillMs: 2_000 };
const size = (askedAtMs: number[], more: object = {}) => poolSize({ askedAtMs, nowMs, ...bounds, ...more });

const pastWeek = fc.integer({ min: nowMs - weekMs + 1, max: nowMs });
const anyTime = fc.integer({ min: nowMs - 4 * weekMs, max: nowMs + weekMs });
const refillMs = fc.integer({ min: 1, max: 10 * minuteMs });

test('a repository that was never asked for keeps the least there may be', () => {
  expect(size([])).toBe(1);
  expect(size([], { min: 0 })).toBe(0);
});

test('one that nobody used for a week keeps nothing warm, whatever the least is', () => {
  expect(size([nowMs - weekMs - 1], { min: 3 })).toBe(0);
  expect(size([nowMs - weekMs - 1, nowMs - dayMs], { min: 3 })).toBe(3);
});

test('people who asked together a moment ago may do so again', () => {
  expect(size([0, 1, 2, 3, 4].map(n => nowMs - 10 * minuteMs - n * 100))).toBe(5);
  expect(size([0, 1, 2, 3, 4].map(n => nowMs - 10 * minuteMs - n * minuteMs))).toBe(1);
});

test('it is full before a stand-up that filled it two days of the last week, and small an hour later', () => {
  const standUp = (daysAgo: number) =>
    [0, 1, 2, 3].map(n => nowMs - daysAgo * dayMs + 15 * minuteMs + n * 1_000);
  expect(size([...standUp(1), ...standUp(2)])).toBe(4);
  expect(size(standUp(1))).toBe(1);
  expect(size([...standUp(1), ...standUp(2)], { nowMs: nowMs + hourMs })).toBe(1);
});

test('the longer a refill takes, the more are kept', () => {
  const asked = Array.from({ length: 60 }, (_, n) => nowMs - n * 40_000);
  expect(size(asked, { refillMs: 60_000 })).toBeGreaterThan(size(asked, { refillMs: 500 }));
  fc.assert(
    fc.property(fc.array(pastWeek), refillMs, refillMs, (askedAtMs, one, other) => {
      const [short, long] = [Math.min(one, other), Math.max(one, other)];
      return size(askedAtMs, { refillMs: short }) <= size(askedAtMs, { refillMs: long });
    }),
  );
});

test('its bounds hold, whatever was asked and whatever the clock says', () => {
  fc.assert(
    fc.property(fc.array(anyTime), fc.nat(5), fc.nat(5), refillMs, (askedAtMs, min, more, refill) => {
      const found = size(askedAtMs, { min, max: min + more, refillMs: refill });
      const isUnused = askedAtMs.length > 0 && found === 0;
      return (isUnused || found >= min) && found <= min + more;
    }),
  );
});

test('more requests in the last week never give less, and their order is nothing', () => {
  fc.assert(
    fc.property(fc.array(pastWeek), pastWeek, refillMs, (askedAtMs, one, refill) => {
      const before = size(askedAtMs, { refillMs: refill });
      const more = [...askedAtMs, one];
      return (
        size(more, { refillMs: refill }) >= before &&
        size(more.toReversed(), { refillMs: refill }) === size(more, { refillMs: refill })
      );
    }),
  );
});

test('a clock that went back does not count what it has not seen yet', () => {
  expect(size([nowMs - dayMs, ...Array.from({ length: 9 }, (_, n) => nowMs + n + 1)])).toBe(1);
});

test('a total that is too small is shared: the first of each comes before the second of any', () => {
  const wanted = new Map([
    ['app', 4],
    ['api', 2],
    ['docs', 1],
  ]);
  expect([...shareOut(wanted, 10).values()]).toEqual([4, 2, 1]);
  expect([...shareOut(wanted, 5).values()]).toEqual([2, 2, 1]);
  expect([...shareOut(wanted, 2).values()]).toEqual([1, 1, 0]);
  expect([...shareOut(wanted, 0).values()]).toEqual([0, 0, 0]);
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.nat(40), (sizes, total) => {
      const shares = [...shareOut(new Map(sizes.entries()), total).values()];
      const all = sizes.reduce((sum, each) => sum + each, 0);
      const given = shares.reduce((sum, each) => sum + each, 0);
      return given === Math.min(all, total) && shares.every((share, n) => share <= (sizes[n] ?? 0));
    }),
  );
});
