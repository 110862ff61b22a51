import type Docker from 'dockerode';
import type { SandboxSummary } from '../driver.ts';
import { label, only, readLabels } from './labels.ts';

export async function listSandboxes(docker: Docker, deployment: string): Promise<SandboxSummary[]> {
  const containers = await docker.listContainers({ all: true, filters: only(deployment, 'sandbox') });
  return containers.map(({ Labels, Created, State }) => ({
    id: Labels[label.sandbox] ?? '',
    labels: readLabels(Labels),
    createdAtMs: Created * 1000,
    state: State === 'running' ? 'running' : 'stopped',
  }));
}
