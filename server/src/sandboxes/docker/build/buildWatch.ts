import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { unlessGone } from '../errors.ts';

export type BuildLimits = { memoryBytes: number; cpus: number; pids: number; diskBytes: number };

export type BuildWatch = {
  /** Aborted once a limit is passed. */
  signal: AbortSignal;
  /** The container of a step that is about to run. */
  step(id: string): void;
  /** A layer that the build has made, by its id. */
  layer(id: string): void;
  close(): Promise<void>;
};

const lookEveryMs = 200;
/** So many looks that fail one after another are no matter of a step that ended. */
const mostMissed = 25;
/** A container is under way to its start for no longer, unless its engine cannot. */
const mostAttempts = 60;
const betweenAttemptsMs = 50;
/** What the builder says of an id. */
const shortId = 12;
/** Counting what a step has written walks through it: no more than a fifth of the time goes into that. */
const restsPerCount = 4;

/** While a container starts the engine takes no change of it: it is asked again until it does, or the step is over. */
async function limitProcesses(container: Docker.Container, pids: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return void (await unlessGone(container.update({ PidsLimit: pids })));
    } catch (error) {
      const state = (await unlessGone(container.inspect()))?.State.Status;
      // One that is over needs no limit any more.
      if (state !== 'created' && state !== 'running') return;
      if (attempt === mostAttempts) throw error;
      await sleep(betweenAttemptsMs);
    }
  }
}

/**
 * Holds the steps of a build to limits that a build cannot be given: processes, by changing each step's container before
 * it runs, and what all of them write, by looking again and again. Steps are known by the network that they share.
 */
export function watchBuild(
  docker: Docker,
  { networkMode, pids, diskBytes }: Pick<BuildLimits, 'pids' | 'diskBytes'> & { networkMode: string },
): BuildWatch {
  const over = new AbortController();
  const closed = new AbortController();
  const held = new Map<string, Promise<void>>();
  const layers = new Map<string, number>();
  let running = 0;

  const check = () => {
    const written = running + [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (written > diskBytes)
      over.abort(new Error(`it wrote more than ${Math.floor(diskBytes / 1024 / 1024)} MiB`));
  };
  /** An engine that does not limit a step's processes does not get to run it. */
  const hold = (id: string): Promise<void> => {
    const short = id.slice(0, shortId);
    const begun =
      held.get(short) ??
      limitProcesses(docker.getContainer(id), pids).catch(error => {
        const why = Error.isError(error) ? error.message : String(error);
        over.abort(new Error(`its processes cannot be limited on this engine (${why.trim()})`));
      });
    held.set(short, begun);
    return begun;
  };
  const look = async () => {
    const all = await docker.listContainers();
    const steps = all.filter(({ HostConfig }) => HostConfig.NetworkMode === networkMode);
    for (const { Id } of steps) await hold(Id);
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
    let missed = 0;
    while (!closed.signal.aborted) {
      const beganMs = performance.now();
      // A step that ends meanwhile spoils a look; the next one counts.
      const looked = await look().then(
        () => true,
        () => false,
      );
      missed = looked ? 0 : missed + 1;
      if (missed >= mostMissed) over.abort(new Error('what it writes could not be looked after'));
      const restMs = Math.max(lookEveryMs, (performance.now() - beganMs) * restsPerCount);
      await sleep(restMs, undefined, { signal: closed.signal }).catch(() => {});
    }
  })();

  return {
    signal: over.signal,
    step: id => void hold(id),
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
