import type { StatsGroup, UseOfGroup } from '@deckhand/shared';

/** Days that may be looked at; the server says the rest. */
export const spans = [
  { days: 7, name: '7 days' },
  { days: 30, name: '30 days' },
  { days: 90, name: '90 days' },
  { days: 365, name: '12 months' },
] as const;
export type Span = (typeof spans)[number]['days'];

export const groupings: { by: StatsGroup; name: string; none: string }[] = [
  { by: 'client', name: 'Client', none: 'Unknown' },
  { by: 'repo', name: 'Repository', none: 'No repository' },
  { by: 'team', name: 'Team', none: 'No team' },
];

export type Measure = Exclude<keyof UseOfGroup, 'group'>;
export const measures: { of: Measure; name: string }[] = [
  { of: 'prompts', name: 'Prompts' },
  { of: 'people', name: 'People' },
  { of: 'sessions', name: 'Sessions' },
  { of: 'turns', name: 'Turns' },
  { of: 'merged', name: 'Merged changes' },
  { of: 'costUsd', name: 'Cost' },
];

const dayMs = 24 * 3_600_000;

/** The first of so many days in UTC, today among them. */
export const firstDay = (days: Span, nowMs = Date.now()): string =>
  new Date(nowMs - (days - 1) * dayMs).toISOString().slice(0, 10);

const clientName: Record<string, string> = {
  web: 'Web page',
  cli: 'Terminal',
  api: 'API',
  slack: 'Slack',
  extension: 'Sidebar',
  github: 'GitHub',
  schedule: 'Schedule',
};

export function groupName(groupBy: StatsGroup, group: string | null): string {
  if (group === null) return groupings.find(({ by }) => by === groupBy)?.none ?? '';
  return groupBy === 'client' ? (clientName[group] ?? group) : group;
}
