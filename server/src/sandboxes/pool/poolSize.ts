/** What a repository's pool is sized by. */
export type Demand = {
  /** When sandboxes of it were asked for; epoch milliseconds. */
  askedAtMs: readonly number[];
  nowMs: number;
  min: number;
  max: number;
  /** How long it takes to put one more into the pool. */
  refillMs: number;
};

type Span = { times: number[]; spanMs: number };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const recentMs = 45 * minuteMs;
/** The time of day on the days before: what came next then may come next now. */
const beforeMs = 10 * minuteMs;
const afterMs = 30 * minuteMs;
/** A repository that nobody used for a week keeps nothing warm; days before that count no more. */
const daysBack = 7;
/** The busiest of those days may have been an exception: the one after it counts. */
const busyDay = 2;
/** The share of requests that are to find one, as far as chance goes. */
const servedShare = 0.99;
/** Refills come one after the other, so whoever asks second waits for two of them. */
const refillsAhead = 2;

/**
 * How many warm sandboxes to keep: what the recent past would have needed, or what this time of day needed on the
 * second busiest of the last seven days, whichever is more. So a pool is full before the stand-up ends that filled it
 * yesterday, and small at night. Within its bounds, more requests in the last week never make it smaller.
 */
export function poolSize({ askedAtMs, nowMs, min, max, refillMs }: Demand): number {
  const times = askedAtMs
    .filter(atMs => atMs <= nowMs && nowMs - atMs < daysBack * dayMs)
    .toSorted((a, b) => a - b);
  if (times.length === 0 && askedAtMs.length > 0) return 0;
  const leadMs = refillMs * refillsAhead;
  const spanOf = (fromMs: number, toMs: number): Span => ({
    times: between(times, fromMs, toMs),
    spanMs: toMs - fromMs,
  });
  const recent = need(spanOf(nowMs - recentMs, nowMs), leadMs);
  const days = Array.from({ length: daysBack }, (_, n) => {
    const thenMs = nowMs - (n + 1) * dayMs;
    return need(spanOf(thenMs - beforeMs, thenMs + afterMs), leadMs);
  });
  const usual = days.toSorted((a, b) => b - a)[busyDay - 1] ?? 0;
  return Math.min(max, Math.max(min, recent, usual));
}

/**
 * How many would have served a span, had each that was taken come back after the lead time. Requests are taken as a
 * Poisson process (the base-stock level of inventory theory), and because they are not quite, the most that came
 * together counts as well.
 */
function need({ times, spanMs }: Span, leadMs: number): number {
  return Math.max(percentile((times.length / spanMs) * leadMs, servedShare), largestBurst(times, leadMs));
}

/** The least n with P(X <= n) >= share, X being Poisson. */
function percentile(mean: number, share: number): number {
  let n = 0;
  let term = Math.exp(-mean);
  let sum = term;
  while (sum < share && n < 1_000) {
    n += 1;
    term *= mean / n;
    sum += term;
  }
  return n;
}

/** Most requests within one window; `times` ascend. */
function largestBurst(times: number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [last, atMs] of times.entries()) {
    while (atMs - (times[first] ?? atMs) > windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** Of ascending times those from one moment to another, both included. */
function between(times: number[], fromMs: number, toMs: number): number[] {
  const first = times.findIndex(atMs => atMs >= fromMs);
  if (first < 0) return [];
  const end = times.findIndex((atMs, n) => n >= first && atMs > toMs);
  return times.slice(first, end < 0 ? undefined : end);
}

/**
 * What each gets of the total where that is less than all want together: the first of each comes before the second of
 * any, in the given order.
 */
export function shareOut<K>(wanted: ReadonlyMap<K, number>, total: number): Map<K, number> {
  const shares = new Map([...wanted.keys()].map(key => [key, 0]));
  let left = total;
  for (let round = 1; left > 0; round++) {
    const hungry = [...wanted].filter(([, size]) => size >= round).slice(0, left);
    if (hungry.length === 0) break;
    for (const [key] of hungry) shares.set(key, round);
    left -= hungry.length;
  }
  return shares;
}
