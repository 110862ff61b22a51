/** A request for a sandbox. */
export type Asked = { atMs: number; repoId: string };

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A Monday, midnight. */
const startMs = Date.UTC(2026, 9, 5);
const days = 14;

/** Requests of a working day outside of bursts, and people who ask within minutes of a stand-up. */
type Team = { repoId: string; perDay: number; standUpAt: number; standUp: number };

const teams: Team[] = [
  { repoId: 'app', perDay: 70, standUpAt: 9.75, standUp: 7 },
  { repoId: 'api', perDay: 40, standUpAt: 9.75, standUp: 4 },
  { repoId: 'web', perDay: 18, standUpAt: 10.25, standUp: 4 },
  { repoId: 'infra', perDay: 6, standUpAt: 10, standUp: 1 },
  { repoId: 'docs', perDay: 0.7, standUpAt: 10, standUp: 0 },
];

/** Share of a working day's requests in each hour: a morning, a dip at noon, a longer afternoon, a few at night. */
const hourShares = [0, 0, 0, 0, 0, 0, 0.1, 0.5, 2, 8, 12, 10, 4, 8, 12, 13, 12, 9, 4, 2, 1.5, 1, 0.6, 0.3];
const allShares = hourShares.reduce((sum, share) => sum + share, 0);
const weekendShare = 0.06;

/**
 * Two weeks of a company with some eighty developers. Generated, not recorded: the same for the same seed. What it has
 * of life: office hours, bursts after each team's stand-up, two requests in a row by the same person, a Friday
 * afternoon that is quiet, nights and weekends with hardly anybody, one repository that is rarely used.
 */
export function generateTrace(seed = 1): Asked[] {
  const random = seeded(seed);
  const asked: Asked[] = [];
  const ask = (repoId: string, atMs: number) => {
    asked.push({ repoId, atMs: Math.round(atMs) });
    // One task in six is two: asked for side by side.
    if (random() < 1 / 6) asked.push({ repoId, atMs: Math.round(atMs + 5_000 + random() * 2 * minuteMs) });
  };
  for (let day = 0; day < days; day++) {
    const midnightMs = startMs + day * dayMs;
    const isWeekend = day % 7 >= 5;
    const isFriday = day % 7 === 4;
    for (const team of teams) {
      for (const [hour, share] of hourShares.entries()) {
        const quiet = isWeekend ? weekendShare : isFriday && hour >= 15 ? 0.4 : 1;
        const mean = (team.perDay * quiet * share) / allShares;
        for (let n = poisson(mean, random); n > 0; n--)
          ask(team.repoId, midnightMs + hour * hourMs + random() * hourMs);
      }
      if (isWeekend) continue;
      const endsMs = midnightMs + team.standUpAt * hourMs + random() * 10 * minuteMs;
      for (let n = poisson(team.standUp, random); n > 0; n--)
        ask(team.repoId, endsMs + random() ** 2 * 12 * minuteMs);
    }
  }
  return asked.toSorted((a, b) => a.atMs - b.atMs);
}

/** A recorded one: a line each, epoch milliseconds and repository; others, such as a heading, are left out. */
export function readTrace(csv: string): Asked[] {
  return csv
    .split(/\r?\n/)
    .map(line => /^\s*(\d{12,14})\s*,\s*"?([^",]+?)"?\s*$/.exec(line))
    .filter(found => found !== null)
    .map(([, atMs, repoId = '']) => ({ atMs: Number(atMs), repoId }))
    .toSorted((a, b) => a.atMs - b.atMs);
}

function poisson(mean: number, random: () => number): number {
  const end = Math.exp(-mean);
  let n = 0;
  for (let product = random(); product > end; product *= random()) n += 1;
  return n;
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
