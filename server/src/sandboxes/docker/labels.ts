import type { SandboxLabels } from '../driver.ts';

/**
 * Everything of ours on an engine says so. A deployment is one installation (one Redis); several may share an engine, and
 * none touches what belongs to another.
 */
export const label = {
  ours: 'deckhand',
  // Its name is of the first version: under another, what older versions left on an engine would be nobody's.
  deployment: 'deckhand.house',
  role: 'deckhand.role',
  sandbox: 'deckhand.sandbox',
  fingerprint: 'deckhand.fingerprint',
  repo: 'deckhand.repo',
} as const;

/**
 * `root`: an image that sandboxes start from; `layer`: what a build of one left for the next; `build`: the network of
 * one that runs.
 */
export type Role = 'sandbox' | 'egress' | 'disks' | 'root' | 'layer' | 'build';

export const ourLabels = (deployment: string, role: Role): Record<string, string> => ({
  [label.ours]: '1',
  [label.deployment]: deployment,
  [label.role]: role,
});

export function sandboxLabels(deployment: string, id: string, labels: SandboxLabels): Record<string, string> {
  return {
    ...ourLabels(deployment, 'sandbox'),
    [label.sandbox]: id,
    'deckhand.org': labels.orgId,
    [label.repo]: labels.repoId,
    'deckhand.owner': labels.owner,
    ...(labels.sessionId ? { 'deckhand.session': labels.sessionId } : {}),
  };
}

export function readLabels(labels: Record<string, string>): SandboxLabels {
  const sessionId = labels['deckhand.session'];
  return {
    orgId: labels['deckhand.org'] ?? '',
    repoId: labels[label.repo] ?? '',
    owner: labels['deckhand.owner'] ?? '',
    ...(sessionId ? { sessionId } : {}),
  };
}

/** Filter for the engine's lists. */
export const only = (deployment: string, role: Role) => ({
  label: [`${label.deployment}=${deployment}`, `${label.role}=${role}`],
});
