import type Docker from 'dockerode';
import type { SandboxSummary } from '../driver.ts';
import { label, only, readLabels } from './labels.ts';

export async function listSandboxes(docker: Docker, house: string): Promise<SandboxSummary[]> {
  const containers = await docker.listContainers({ all: true, filters: only(house, 'sandbox') });
  return containers.map(({ Labels, Created, State }) => ({
    id: Labels[label.sandbox] ?? '',
    labels: readLabels(Labels),
    createdAtMs: Created * 1000,
    state: State === 'running' ? 'running' : 'stopped',
  }));
}
