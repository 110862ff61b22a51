import type { StatsGroup, UseOfGroup } from '@deckhand/shared';

/** Days that may be looked at; the server says the rest. */
export const spans = [
  { value: 7, name: '7 days' },
  { value: 30, name: '30 days' },
  { value: 90, name: '90 days' },
  { value: 365, name: '12 months' },
] as const;
export type Span = (typeof spans)[number]['value'];

export const groupings: { value: StatsGroup; name: string; none: string }[] = [
  { value: 'client', name: 'Client', none: 'Unknown' },
  { value: 'repo', name: 'Repository', none: 'No repository' },
  { value: 'team', name: 'Team', none: 'No team' },
  { value: 'agent', name: 'Agent', none: 'None named' },
  { value: 'attempt', name: 'Attempt', none: 'No attempt' },
];

export type Measure = Exclude<keyof UseOfGroup, 'group' | 'landed' | 'taken'>;
export const measures: { value: Measure; name: string }[] = [
  { value: 'prompts', name: 'Prompts' },
  { value: 'people', name: 'People' },
  { value: 'sessions', name: 'Sessions' },
  { value: 'turns', name: 'Turns' },
  { value: 'merged', name: 'Merged changes' },
  { value: 'tokens', name: 'Tokens' },
  { value: 'costUsd', name: 'Cost' },
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
  if (group === null) return groupings.find(({ value }) => value === groupBy)?.none ?? '';
  return groupBy === 'client' ? (clientName[group] ?? group) : group;
}
