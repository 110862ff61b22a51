import type Docker from 'dockerode';
import type { SandboxDriver, SandboxSpec } from '../driver.ts';
import { failure, type Result } from '../result.ts';
import { connectBridge } from './bridge.ts';
import { containerName, containerOptions } from './container.ts';
import { diskStock } from './disk-stock.ts';
import { disks } from './disks.ts';
import { ensureEgress } from './egress.ts';
import { engineFailure, isEngineDown, statusOf, unlessGone } from './errors.ts';
import { listSandboxes } from './list.ts';
import { reconcile } from './reconcile.ts';
import { createVolume, removeVolume } from './volume.ts';

export type DockerDriverOptions = {
  docker: Docker;
  /** Names one installation; several may share an engine without touching each other's. Letters, digits, dashes. */
  house: string;
  /** Resolves once the base image is there; asked each time, so it may be built behind. */
  baseImage: () => Promise<Result<{ tag: string }>>;
  /** At least 16 characters, the same for every server of the house. */
  egressSecret: string;
  /** TCP ports that sandboxes may reach outside; 80 and 443 where absent. */
  egressPorts?: number[];
  /** Address of the company's own proxy. */
  egressUpstream?: string | undefined;
  log: (text: string) => void;
};

const defaultPorts = [80, 443];

export function dockerDriver(options: DockerDriverOptions): SandboxDriver {
  const { docker, house, egressSecret, egressPorts: ports = defaultPorts, egressUpstream, log } = options;

  const baseTag = async (): Promise<string> => {
    const image = await options.baseImage();
    if (image.ok) return image.tag;
    throw new NoBaseImage(image);
  };
  const allDisks = disks({ docker, house, image: baseTag, log });
  const stock = diskStock(allDisks, log);

  /** Helpers stand for as long as the engine does; one that was removed is made again by the next `prepare`. */
  let prepared: Promise<{ onDisk: boolean }> | undefined;
  const helpers = () => {
    prepared ??= (async () => {
      const image = await baseTag();
      const upstream = egressUpstream ? { upstream: egressUpstream } : {};
      const [onDisk] = await Promise.all([
        allDisks.supported(),
        ensureEgress(docker, { house, image, secret: egressSecret, ports, ...upstream }),
      ]);
      return { onDisk };
    })();
    prepared.catch(() => {
      prepared = undefined;
    });
    return prepared;
  };

  const remove = async (id: string): Promise<void> => {
    await removeContainer(docker, containerName(id));
    const diskId = await removeVolume(docker, id);
    if (diskId) await allDisks.drop(diskId);
  };

  const make = async (spec: SandboxSpec, onDisk: boolean): Promise<Result> => {
    const image = spec.image ?? (await baseTag());
    const disk = onDisk ? await stock.take(spec.limits.diskBytes) : undefined;
    if (disk && !disk.ok) return disk;
    await createVolume(docker, { sandboxId: spec.id, house, diskId: disk?.diskId });
    await docker.createContainer(containerOptions(spec, image, { house, egressSecret }));
    await docker.getContainer(containerName(spec.id)).start();
    if (onDisk) stock.refill(spec.limits.diskBytes);
    return { ok: true };
  };

  return {
    prepare: async () => {
      prepared = undefined;
      return asResult(async () => {
        await helpers();
        return { ok: true };
      });
    },
    create: spec =>
      asResult(async () => {
        const { onDisk } = await helpers();
        if (await unlessGone(docker.getContainer(containerName(spec.id)).inspect())) {
          return failure('bad_request', `There is a sandbox ${spec.id} already.`);
        }
        const made = await asResult(() => make(spec, onDisk));
        if (made.ok) return { ok: true, from: spec.image ? 'image' : 'base' };
        await remove(spec.id).catch(error =>
          log(`A half-made sandbox ${spec.id} is left to the reaper: ${error}`),
        );
        return made;
      }),
    connect: id => connectBridge(docker, containerName(id)),
    inspect: async id => {
      try {
        const found = await unlessGone(docker.getContainer(containerName(id)).inspect());
        return found ? (found.State.Running ? 'running' : 'stopped') : 'gone';
      } catch (error) {
        if (isEngineDown(error)) return 'engine_down';
        throw error;
      }
    },
    remove,
    list: () => listSandboxes(docker, house),
    reconcile: (ownedIds, olderThanMs) =>
      reconcile({ docker, house, disks: allDisks, remove }, ownedIds, olderThanMs),
    close: stock.close,
    capabilities: async () => ({ diskLimit: (await helpers()).onDisk }),
  };
}

/** Carries the failure of the base image through code that only knows engine errors. */
class NoBaseImage extends Error {
  readonly result: Result & { ok: false };
  constructor(result: Result & { ok: false }) {
    super(result.message);
    this.result = result;
  }
}

async function asResult<T extends object>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return error instanceof NoBaseImage ? error.result : engineFailure(error);
  }
}

async function removeContainer(docker: Docker, name: string): Promise<void> {
  const container = docker.getContainer(name);
  try {
    await unlessGone(container.remove({ force: true, v: true }));
  } catch (error) {
    // Somebody else is removing it: wait until they have.
    if (statusOf(error) !== 409) throw error;
    await unlessGone(container.wait({ condition: 'removed' }));
  }
}
