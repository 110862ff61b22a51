import { randomBytes } from 'node:crypto';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import type { SandboxSpec } from '../driver.ts';
import { containerName, containerOptions, type Deployment } from './container.ts';
import type { Disks } from './disks/disks.ts';
import { diskMount } from './disks/volume.ts';
import { statusOf } from './errors.ts';

export type Workshop = {
  docker: Docker;
  deployment: Deployment;
  disks: Disks;
};

type Made = Result<{ from: 'base' | 'image' | 'snapshot' }>;

export type Help = {
  asResult: <T extends object>(work: () => Promise<Result<T>>) => Promise<Result<T>>;
  remove: (id: string) => Promise<void>;
  log: (text: string) => void;
};

/** Disk and container are made side by side: the engine looks for the disk only when the container starts. */
export async function makeSandbox(
  { docker, deployment, disks }: Workshop,
  spec: SandboxSpec & { image: string; fromImage: boolean },
  { asResult, remove, log }: Help,
): Promise<Made> {
  const diskId = `disk-${randomBytes(8).toString('hex')}`;
  const container = docker.getContainer(containerName(spec.id));
  let taken = false;

  const makeDisk = async (): Promise<Made> => {
    const bytes = spec.limits.diskBytes;
    if (spec.disk) {
      const { from, isLast } = spec.disk;
      const copied = await disks.copy(from, diskId, { bytes, isLast });
      return copied.ok ? { ok: true, from: copied.about.kind } : copied;
    }
    const made = await disks.make(diskId, bytes);
    return made.ok ? { ok: true, from: spec.fromImage ? 'image' : 'base' } : made;
  };
  const makeContainer = async (): Promise<Result> => {
    try {
      const disk = await diskMount(docker, { ...deployment, disks, diskId });
      await docker.createContainer(containerOptions(spec, { image: spec.image, disk }, deployment));
    } catch (error) {
      if (statusOf(error) === 404)
        return failure('not_found', `The image ${spec.image} is not on the engine any more.`);
      if (statusOf(error) !== 409) throw error;
      taken = true;
      return failure('bad_request', `There is a sandbox ${spec.id} already.`);
    }
    return { ok: true };
  };
  const start = async (): Promise<Made> => {
    const [disk, created] = await Promise.all([asResult(makeDisk), asResult(makeContainer)]);
    if (!disk.ok) return disk;
    if (!created.ok) return created;
    await container.start();
    return disk;
  };

  const made = await asResult(start);
  if (made.ok) return made;
  // Whoever has the id keeps what is theirs.
  const undo = async () => {
    if (!taken) await remove(spec.id);
    await disks.drop(diskId);
  };
  await undo().catch(error => log(`A half-made sandbox ${spec.id} is left to the reaper: ${error}`));
  return made;
}
