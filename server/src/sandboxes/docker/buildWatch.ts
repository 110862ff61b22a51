import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { unlessGone } from './errors.ts';

export type BuildLimits = { memoryBytes: number; cpus: number; pids: number; diskBytes: number };

export type BuildWatch = {
  /** Aborted once a limit is passed. */
  signal: AbortSignal;
  /** A layer that the build has made, by its id. */
  layer(id: string): void;
  close(): Promise<void>;
};

const lookEveryMs = 200;
/** Counting what a step has written walks through it: no more than a fifth of the time goes into that. */
const restsPerCount = 4;

/**
 * Holds the steps of a build to limits that a build cannot be given: processes, by changing each step's container as it
 * begins, and what all of them write, by looking again and again. Steps are known by the network that they share.
 */
export function watchBuild(
  docker: Docker,
  { networkMode, pids, diskBytes }: Pick<BuildLimits, 'pids' | 'diskBytes'> & { networkMode: string },
): BuildWatch {
  const over = new AbortController();
  const closed = new AbortController();
  const held = new Set<string>();
  const layers = new Map<string, number>();
  let running = 0;

  const check = () => {
    const written = running + [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (written > diskBytes)
      over.abort(new Error(`it wrote more than ${Math.floor(diskBytes / 1024 / 1024)} MiB`));
  };
  const look = async () => {
    const all = await docker.listContainers();
    const steps = all.filter(({ HostConfig }) => HostConfig.NetworkMode === networkMode);
    for (const { Id } of steps.filter(step => !held.has(step.Id))) {
      await unlessGone(docker.getContainer(Id).update({ PidsLimit: pids }));
      held.add(Id);
    }
    const sizes = await Promise.all(
      steps.map(async ({ Id }) => {
        const filters = { id: [Id] };
        const [found] = await docker.listContainers({ size: true, filters });
        return found && 'SizeRw' in found ? Number(found.SizeRw) : 0;
      }),
    );
    running = sizes.reduce((sum, bytes) => sum + bytes, 0);
    check();
  };
  const watching = (async () => {
    while (!closed.signal.aborted) {
      const beganMs = performance.now();
      // A step that ends meanwhile spoils a look; the next one counts.
      await look().catch(() => {});
      const restMs = Math.max(lookEveryMs, (performance.now() - beganMs) * restsPerCount);
      await sleep(restMs, undefined, { signal: closed.signal }).catch(() => {});
    }
  })();

  return {
    signal: over.signal,
    layer(id) {
      const measure = async () => {
        const image = await unlessGone(docker.getImage(id).inspect());
        const parent = image?.Parent ? await unlessGone(docker.getImage(image.Parent).inspect()) : undefined;
        // One without a parent is what the build began from.
        layers.set(id, image && parent ? image.Size - parent.Size : 0);
        check();
      };
      if (!layers.has(id)) void measure().catch(() => {});
    },
    async close() {
      closed.abort();
      await watching;
    },
  };
}
