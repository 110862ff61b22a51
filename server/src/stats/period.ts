import { failure, type Result, type StatsEvery } from '@deckhand/shared';

/** [fromMs, toMs), cut into buckets. */
export type Period = { from: string; to: string; every: StatsEvery };

const dayMs = 24 * 3_600_000;
const defaultDays = 30;
const iso = (ms: number) => new Date(ms).toISOString();

/** The period that is asked for; days begin at midnight UTC. */
export function periodOf(
  asked: { from?: string | undefined; to?: string | undefined; every?: StatsEvery | undefined },
  nowMs: number,
): Result<{ period: Period }> {
  const toMs = asked.to === undefined ? nowMs : Date.parse(asked.to);
  const fromMs =
    asked.from === undefined
      ? Date.parse(bucketOf(iso(toMs), 'day')) - (defaultDays - 1) * dayMs
      : Date.parse(asked.from);
  if (fromMs >= toMs) return failure('bad_request', 'from: a period begins before it ends');
  const days = (toMs - fromMs) / dayMs;
  const every = asked.every ?? (days <= 93 ? 'day' : days <= 731 ? 'week' : 'month');
  return { ok: true, period: { from: iso(fromMs), to: iso(toMs), every } };
}

/** When the day, the week (from Monday) or the month begins that holds this moment. */
export function bucketOf(at: string, every: StatsEvery): string {
  const midnight = `${at.slice(0, 10)}T00:00:00.000Z`;
  if (every === 'day') return midnight;
  if (every === 'month') return `${at.slice(0, 7)}-01T00:00:00.000Z`;
  const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7;
  return iso(Date.parse(midnight) - sinceMonday * dayMs);
}
