import type { CheckResult, Evidence } from '@deckhand/shared';
import { count, duration, plural, usd } from '@deckhand/shared/words';

/** What an attempt is compared by. */
export type Judged = { n: number; evidence: Evidence };

/**
 * One attempt's evidence as numbers, the one that counts most first; less is better. Two attempts are compared by the
 * first in which they differ, so that no weight says how many lines a failing test is worth.
 */
export function ranksOf({ n, evidence }: Judged): number[] {
  const { outcome, checks, files, added, removed, review, costUsd, tokens } = evidence;
  const failing = checks.filter(({ after }) => after === 'failed');
  const broken = failing.filter(({ before }) => before !== 'failed');
  const mended = checks.filter(({ before, after }) => before === 'failed' && after === 'passed');
  return [
    outcome === 'done' && files > 0 ? 0 : 1,
    // Passed, then not known, then failed.
    failing.length > 0 ? 2 : checks.length > 0 ? 0 : 1,
    broken.length,
    failing.length,
    -mended.length,
    // Not reviewed stands between nothing found and something found.
    review === null ? 0.5 : review.findings,
    added + removed,
    costUsd ?? Number.MAX_SAFE_INTEGER,
    tokens,
    n,
  ];
}

/** Below 0: the first is better. Never 0 for two attempts of one group: the earlier one wins. */
export function compareAttempts(a: Judged, b: Judged): number {
  const [left, right] = [ranksOf(a), ranksOf(b)];
  for (const [place, value] of left.entries()) {
    const difference = value - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether there is anything to take. */
export const isTakeable = ({ outcome, files }: Evidence): boolean => outcome === 'done' && files > 0;

const outcomeWords = {
  done: null,
  asked: 'It asks something',
  stopped: 'It was stopped',
  failed: 'It failed',
  over_budget: 'It met its budget',
} as const;

/** The evidence as people read it, in the order in which it counts. */
export function wordsOf(evidence: Evidence): string[] {
  const { outcome, checks, files, added, removed, review, screenshots, costUsd, tokens, durationMs } =
    evidence;
  const ended = outcomeWords[outcome];
  return [
    ...(ended ? [ended] : []),
    ...(files === 0 ? ['Changed nothing'] : []),
    checks.length === 0 ? 'No check of the repository looked at it' : checkWords(checks),
    ...(review === null
      ? ['Not reviewed']
      : [
          review.findings === 0
            ? 'The reviewer found nothing'
            : `The reviewer found ${plural(review.findings, 'thing')}`,
        ]),
    ...(files > 0 ? [`${plural(files, 'file')}, +${added} −${removed}`] : []),
    ...(screenshots.length > 0 ? [plural(screenshots.length, 'screenshot')] : []),
    [costUsd === undefined ? `${count(tokens)} tokens` : usd(costUsd), duration(durationMs)].join(', '),
  ];
}

function checkWords(checks: readonly CheckResult[]): string {
  const named = (list: readonly CheckResult[]) => list.map(({ name }) => name).join(', ');
  const failing = checks.filter(({ after }) => after === 'failed');
  const broken = failing.filter(({ before }) => before === 'passed');
  const still = failing.filter(({ before }) => before !== 'passed');
  const mended = checks.filter(({ before, after }) => before === 'failed' && after === 'passed');
  const passed = checks.filter(({ before, after }) => before !== 'failed' && after === 'passed');
  return [
    ...(broken.length > 0 ? [`Breaks ${named(broken)}, which passed before`] : []),
    ...(still.length > 0 ? [`${named(still)} fails`] : []),
    ...(mended.length > 0 ? [`Mends ${named(mended)}, which failed before`] : []),
    ...(passed.length > 0 ? [`${named(passed)} passes`] : []),
  ].join('; ');
}

/** How many of a reviewer's findings name a file and a line, as it was asked to. */
export const findingsIn = (text: string): number =>
  text
    .split('\n')
    .filter(line => /^\s*(?:[-*]|\d{1,3}[.)])\s/.test(line) && /[\w/.-]{1,200}:\d{1,7}/.test(line)).length;
