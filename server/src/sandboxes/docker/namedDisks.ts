import type Docker from 'dockerode';
import { type DiskAbout, DiskName, type SandboxDriver } from '../driver.ts';
import { failure, type Result } from '../result.ts';
import type { DiskSupport, Disks } from './disks.ts';
import { unlessGone } from './errors.ts';
import type { Help } from './make.ts';
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
    if (!(await helpers()).disk.mounts)
      return failure('bad_request', 'This engine cannot mount disks: nothing can be saved here.');
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
        const kept = await disks.keep(found.diskId, name, aboutOf(id, about));
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
      if (DiskName.safeParse(name).success && (await helpers()).disk.mounts) await disks.forget(name);
    },
    listDisks: async () => ((await helpers()).disk.mounts ? disks.named() : []),
    diskUsage: async () =>
      (await helpers()).disk.mounts ? disks.usage() : { usedBytes: 0, freeBytes: 0, budgetBytes: 0 },
  };
}
