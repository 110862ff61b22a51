import type { CheckResult, Evidence } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareAttempts, findingsIn, isTakeable, type Judged, wordsOf } from './score.ts';

const check: fc.Arbitrary<CheckResult> = fc.record({
  name: fc.constantFrom('test', 'lint'),
  before: fc.constantFrom('passed' as const, 'failed' as const, 'unknown' as const),
  after: fc.constantFrom('passed' as const, 'failed' as const),
});
const evidence: fc.Arbitrary<Evidence> = fc.record({
  outcome: fc.constantFrom('done' as const, 'failed' as const, 'stopped' as const, 'over_budget' as const),
  checks: fc.array(check, { maxLength: 3 }),
  files: fc.nat(3),
  added: fc.nat(5),
  removed: fc.nat(5),
  review: fc.option(fc.record({ findings: fc.nat(3), text: fc.constant('') })),
  screenshots: fc.constant([]),
  tokens: fc.nat(5),
  costUsd: fc.double({ min: 0, max: 1, noNaN: true }),
  durationMs: fc.nat(5),
});
const judged: fc.Arbitrary<Judged> = fc.record({ n: fc.integer({ min: 1, max: 20 }), evidence });
const sign = Math.sign;

test('the order is total and stable: any two compare the other way round, three never go in a circle, and only the same is equal', () => {
  fc.assert(
    fc.property(judged, judged, judged, (a, b, c) => {
      expect(sign(compareAttempts(a, b))).toBe(-sign(compareAttempts(b, a)) + 0);
      if (compareAttempts(a, b) <= 0 && compareAttempts(b, c) <= 0)
        expect(compareAttempts(a, c)).toBeLessThanOrEqual(0);
      expect(compareAttempts(a, structuredClone(a))).toBe(0);
      if (a.n !== b.n) expect(compareAttempts(a, b)).not.toBe(0);
    }),
  );
});

test('one whose checks fail never beats one whose pass; one that came to nothing beats none that did', () => {
  fc.assert(
    fc.property(judged, judged, (a, b) => {
      const fails = ({ evidence: { checks } }: Judged) => checks.some(({ after }) => after === 'failed');
      const [fit, other] = [isTakeable(a.evidence), isTakeable(b.evidence)];
      if (fit && !other) expect(compareAttempts(a, b)).toBeLessThan(0);
      if (fit && other && !fails(a) && a.evidence.checks.length > 0 && fails(b))
        expect(compareAttempts(a, b)).toBeLessThan(0);
    }),
  );
});

const good: Evidence = {
  ...{ outcome: 'done', files: 1, added: 2, removed: 1, screenshots: [], tokens: 900, durationMs: 60_000 },
  checks: [{ name: 'test', before: 'failed', after: 'passed' }],
  review: { findings: 0, text: '' },
};

test('each reason counts by itself, in its turn', () => {
  const better = (a: Partial<Evidence>, b: Partial<Evidence>) =>
    compareAttempts({ n: 2, evidence: { ...good, ...a } }, { n: 1, evidence: { ...good, ...b } });
  const failing: CheckResult = { name: 'lint', before: 'failed', after: 'failed' };
  const broken: CheckResult = { name: 'lint', before: 'passed', after: 'failed' };
  expect(better({ checks: [failing] }, { checks: [broken] })).toBeLessThan(0);
  expect(better({}, { checks: [] })).toBeLessThan(0);
  expect(better({ checks: [] }, { checks: [failing] })).toBeLessThan(0);
  expect(better({ added: 90 }, { review: { findings: 1, text: '' } })).toBeLessThan(0);
  expect(better({ tokens: 9_000 }, { added: 3 })).toBeLessThan(0);
  expect(better({ costUsd: 0.1 }, { costUsd: 0.2 })).toBeLessThan(0);
  expect(better({}, {})).toBeGreaterThan(0);
});

test('what it is judged by stands in words', () => {
  expect(wordsOf(good)).toEqual([
    'Mends test, which failed before',
    'The reviewer found nothing',
    '1 file, +2 −1',
    '900 tokens, 1 min 0 s',
  ]);
  const bad = wordsOf({
    ...{ ...good, outcome: 'over_budget', files: 0, review: null, costUsd: 0.5 },
    checks: [{ name: 'lint', before: 'passed', after: 'failed' }],
  });
  expect(bad).toEqual([
    'It met its budget',
    'Changed nothing',
    'Breaks lint, which passed before',
    'Not reviewed',
    '$0.50, 1 min 0 s',
  ]);
});

test('a finding counts where it names file and line', () => {
  expect(
    findingsIn('- src/a.ts:12 leaks\n* b/c.py:3: wrong\n1. d.go:9 too\nSee e.ts:4.\n- nothing named'),
  ).toBe(3);
  expect(findingsIn('Nothing is wrong.')).toBe(0);
  expect(findingsIn(`- ${'a'.repeat(100_000)}`)).toBe(0);
});
