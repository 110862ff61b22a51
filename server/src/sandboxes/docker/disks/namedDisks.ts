import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { type DiskAbout, DiskName, type SandboxDriver } from '../../driver.ts';
import { containerName } from '../container.ts';
import { unlessGone } from '../errors.ts';
import type { Help } from '../make.ts';
import type { DiskSupport, Disks } from './disks.ts';
import { diskUnder, volumeName } from './volume.ts';

export type DiskKeeping = {
  docker: Docker;
  disks: Disks;
  helpers: () => Promise<{ disk: DiskSupport }>;
} & Pick<Help, 'remove' | 'asResult'>;

type Part = 'snapshot' | 'sleep' | 'removeDisk' | 'listDisks' | 'diskUsage';

/** Disks that live on without a sandbox. */
export function namedDisks(keeping: DiskKeeping): Pick<SandboxDriver, Part> {
  const { docker, disks, helpers, remove, asResult } = keeping;

  /** The disk under a sandbox, where there is one and it may be given this name. */
  const find = async (id: string, name: string): Promise<Result<{ diskId: string }>> => {
    if (!DiskName.safeParse(name).success) return failure('bad_request', `${name} is no name for a disk.`);
    const volume = await unlessGone(docker.getVolume(volumeName(id)).inspect());
    const diskId = volume && diskUnder(volume);
    return diskId ? { ok: true, diskId } : failure('sandbox_lost', `There is no sandbox ${id}.`);
  };
  const aboutOf = (id: string, about: Partial<DiskAbout>): DiskAbout => ({
    kind: about.kind ?? 'snapshot',
    labels: { ...about.labels, sandbox: id },
  });

  return {
    snapshot: (id, name, about = {}) =>
      asResult(async () => {
        const found = await find(id, name);
        if (!found.ok) return found;
        const { kind } = (await helpers()).disk;
        const keep = () => disks.keep(found.diskId, name, aboutOf(id, about));
        // A copy of files takes a while: what is written meanwhile would be torn.
        const kept = kind === 'folders' ? await whileFrozen(docker, id, keep) : await keep();
        return kept.ok || kept.code !== 'not_found'
          ? kept
          : failure('sandbox_lost', `Sandbox ${id} has no disk.`);
      }),
    sleep: (id, name, about = {}) =>
      asResult(async () => {
        const found = await find(id, name);
        if (!found.ok && found.code === 'sandbox_lost') {
          const slept = (await disks.named()).find(disk => disk.name === name && disk.labels.sandbox === id);
          return slept ? { ok: true, bytes: slept.bytes } : found;
        }
        if (!found.ok) return found;
        // The name first: whatever breaks from here on, the disk is kept.
        const linked = await disks.link(found.diskId, name, aboutOf(id, about));
        if (linked.ok) await remove(id);
        return linked;
      }),
    removeDisk: async name => {
      if (DiskName.safeParse(name).success) await disks.forget(name);
    },
    listDisks: () => disks.named(),
    diskUsage: () => disks.usage(),
  };
}

/** A sandbox that is frozen already, or ends meanwhile, is left as it is. */
async function whileFrozen<T>(docker: Docker, id: string, work: () => Promise<T>): Promise<T> {
  const container = docker.getContainer(containerName(id));
  const state = (await unlessGone(container.inspect()))?.State;
  const freeze = state?.Running && !state.Paused;
  if (freeze) await unlessGone(container.pause());
  try {
    return await work();
  } finally {
    if (freeze) await unlessGone(container.unpause()).catch(() => {});
  }
}
