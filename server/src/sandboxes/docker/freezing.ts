import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import type { MemoryUsage, SandboxDriver } from '../driver.ts';
import { containerName } from './container.ts';
import { statusOf, unlessGone } from './errors.ts';
import { only } from './labels.ts';
import type { Help } from './make.ts';

type Part = 'pause' | 'unpause' | 'memoryUsage';
type Freezing = { docker: Docker; deployment: string } & Pick<Help, 'asResult'>;

/** Sandboxes that keep their memory and use no processor, and how much memory all of them hold. */
export function freezing({ docker, deployment, asResult }: Freezing): Pick<SandboxDriver, Part> {
  const change = (id: string, how: 'pause' | 'unpause'): Promise<Result> =>
    asResult(async () => {
      const container = docker.getContainer(containerName(id));
      try {
        await container[how]();
        return { ok: true };
      } catch (error) {
        const found = await unlessGone(container.inspect());
        if (!found?.State.Running) return failure('sandbox_lost', `Sandbox ${id} does not run.`);
        // The engine refuses what is so already.
        if (found.State.Paused === (how === 'pause')) return { ok: true };
        throw error;
      }
    });
  return {
    pause: id => change(id, 'pause'),
    unpause: id => change(id, 'unpause'),
    memoryUsage: () => memoryUsage(docker, deployment),
  };
}

/** The engine's collector of figures may hang while all else of it works; a request to it is not left behind. */
const statsPatienceMs = 5_000;

async function memoryUsage(docker: Docker, deployment: string): Promise<MemoryUsage> {
  const [info, containers] = await Promise.all([
    docker.info() as Promise<{ MemTotal?: number }>,
    docker.listContainers({ filters: only(deployment, 'sandbox') }),
  ]);
  const held = await Promise.all(containers.map(({ Id }) => heldBytes(docker.getContainer(Id))));
  return { usedBytes: held.reduce((sum, bytes) => sum + bytes, 0), totalBytes: info.MemTotal ?? 0 };
}

/** As `docker stats` counts: cached files that nobody uses are not held. */
async function heldBytes(container: Docker.Container): Promise<number> {
  try {
    const abortSignal = AbortSignal.timeout(statsPatienceMs);
    const once = { stream: false as const, 'one-shot': true, abortSignal };
    const { memory_stats } = await container.stats(once);
    const stats = memory_stats.stats as Record<string, number> | undefined;
    const cached = stats?.inactive_file ?? stats?.total_inactive_file ?? 0;
    return Math.max(0, (memory_stats.usage ?? 0) - cached);
  } catch (error) {
    if (statusOf(error) === 404) return 0;
    throw error;
  }
}
