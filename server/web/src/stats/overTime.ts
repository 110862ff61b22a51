import type { Stats, StatsEvery } from '@deckhand/shared';
import { groupName, type Measure } from './query.ts';

/** A day, week or month with a value for each group's name. */
export type Bucket = { at: string; values: Record<string, number> };

const mostGroups = 6;
const rest = 'All others';
const dayMs = 24 * 3_600_000;

/** Whole periods, empty ones too; the groups with most of it by name, all others in one. */
export function bucketsOf(stats: Stats, measure: Measure): { names: string[]; buckets: Bucket[] } {
  const ranked = stats.groups.toSorted((a, b) => b[measure] - a[measure]).filter(group => group[measure] > 0);
  const shown = ranked.length > mostGroups ? ranked.slice(0, mostGroups - 1) : ranked;
  const nameOf = (group: string | null) =>
    shown.some(each => each.group === group) ? groupName(stats.groupBy, group) : rest;
  const names = shown.map(({ group }) => groupName(stats.groupBy, group));
  if (shown.length < ranked.length) names.push(rest);
  const byStart = new Map<string, Record<string, number>>();
  for (const at of starts(stats)) byStart.set(at, Object.fromEntries(names.map(name => [name, 0])));
  for (const row of stats.overTime) {
    const values = byStart.get(row.at);
    const name = nameOf(row.group);
    if (values && name in values) values[name] = (values[name] ?? 0) + row[measure];
  }
  return { names, buckets: [...byStart].map(([at, values]) => ({ at, values })) };
}

/** When each bucket of the period begins. */
function starts({ from, to, every, overTime }: Stats): string[] {
  const first = [startOf(from, every), ...overTime.map(({ at }) => at)].toSorted()[0] ?? from;
  const found: string[] = [];
  for (let at = first; at < to; at = next(at, every)) found.push(at);
  return found;
}

function startOf(at: string, every: StatsEvery): string {
  const midnight = Date.parse(`${at.slice(0, 10)}T00:00:00.000Z`);
  if (every === 'month') return `${at.slice(0, 7)}-01T00:00:00.000Z`;
  const back = every === 'week' ? (new Date(midnight).getUTCDay() + 6) % 7 : 0;
  return new Date(midnight - back * dayMs).toISOString();
}

function next(at: string, every: StatsEvery): string {
  const date = new Date(at);
  if (every === 'month') date.setUTCMonth(date.getUTCMonth() + 1);
  else date.setUTCDate(date.getUTCDate() + (every === 'week' ? 7 : 1));
  return date.toISOString();
}

/** `3 Mar`, or `Mar 2026` for a month. */
export function bucketName(at: string, every: StatsEvery): string {
  const style: Intl.DateTimeFormatOptions =
    every === 'month' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' };
  return new Date(at).toLocaleDateString('en-GB', { ...style, timeZone: 'UTC' });
}
