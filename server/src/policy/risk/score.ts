import type { Risk } from '@deckhand/shared';

/** One thing that weighs, and what it is in words. */
export type Finding = { score: number; reason: string };

const mostReasons = 8;
const reasonChars = 300;
/** Below this a call is a small thing, at `high` one that somebody should look at. */
const levels = { medium: 30, high: 65 } as const;

/**
 * The risk of several findings: the weightiest counts whole, the others add a fifth each, so that many small things do
 * not outweigh one large.
 */
export function riskOf(findings: readonly Finding[]): Risk {
  const reasons = new Map<string, number>();
  for (const { score, reason } of findings) reasons.set(reason, Math.max(score, reasons.get(reason) ?? 0));
  const sorted = [...reasons].toSorted(([, a], [, b]) => b - a);
  const [[, top] = ['', 0], ...rest] = sorted;
  const more = rest.reduce((sum, [, score]) => sum + score / 5, 0);
  const score = Math.round(Math.min(100, Math.max(0, top + Math.min(20, more))));
  return {
    score,
    level: score >= levels.high ? 'high' : score >= levels.medium ? 'medium' : 'low',
    reasons: sorted.slice(0, mostReasons).map(([reason]) => reason.slice(0, reasonChars)),
  };
}
