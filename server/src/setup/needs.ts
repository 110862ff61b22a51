/** The least that Deckhand's GitHub App needs, in GitHub's names. */
export type Level = 'read' | 'write' | 'admin';

export const neededPermissions: Record<string, Level> = {
  contents: 'write',
  pull_requests: 'write',
  checks: 'write',
  issues: 'write',
  statuses: 'read',
  actions: 'read',
  metadata: 'read',
  members: 'read',
};

/** Where sessions may change workflows, pushing them needs this as well. */
export const permissionsFor = ({ workflows }: { workflows: boolean }): Record<string, Level> =>
  workflows ? { ...neededPermissions, workflows: 'write' } : neededPermissions;

/**
 * Events to subscribe to. Of installations and of authorisations that are taken back every App hears by itself:
 * GitHub does not let anybody subscribe to them.
 */
export const neededEvents = [
  'push',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'issue_comment',
  'check_run',
  'check_suite',
  'status',
] as const;

const rank: Record<Level, number> = { read: 1, write: 2, admin: 3 };

/** Permissions that are wanting, e.g. `checks: write`. */
export function wanting(
  needed: Readonly<Record<string, Level>>,
  given: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(needed)
    .filter(([name, level]) => (rank[given[name] as Level] ?? 0) < rank[level])
    .map(([name, level]) => `${name}: ${level}`);
}
