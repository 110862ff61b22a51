import type Docker from 'dockerode';
import { statusOf, unlessGone } from '../errors.ts';
import { label, ourLabels } from '../labels.ts';
import { disksVolume } from './diskHelper.ts';
import type { Disks } from './disks.ts';

/** What the engine mounts as the disk: by its name, options of the engine's own volume driver. */
export type DiskMount = { type: string; device: string; o: string };
export type VolumeSpec = { sandboxId: string; deployment: string; disk: DiskMount };

const devicePrefix = '/dev/deckhand-';
const folderOf = /\/folders\/live\/([\w-]+)$/;

/** How the engine is told to mount a disk: a file system from its device, or a folder of the volume that all lie in. */
export async function diskMount(
  docker: Docker,
  { deployment, disks, diskId }: { deployment: string; disks: Disks; diskId: string },
): Promise<DiskMount> {
  if ((await disks.support()).kind === 'images')
    return { type: 'ext4', device: `${devicePrefix}${diskId}`, o: 'noatime,nosuid,nodev,discard' };
  const { Mountpoint } = await docker.getVolume(disksVolume(deployment)).inspect();
  return { type: 'none', device: `${Mountpoint}/folders/live/${diskId}`, o: 'bind' };
}

/**
 * The mount at /work. The engine makes the volume with the container, and mounts nothing before it starts: the disk may
 * be made meanwhile.
 */
export const diskVolume = ({ sandboxId, deployment, disk }: VolumeSpec): Docker.MountSettings => ({
  Type: 'volume',
  Source: volumeName(sandboxId),
  Target: '/work',
  ReadOnly: false,
  VolumeOptions: {
    NoCopy: true,
    Labels: { ...ourLabels(deployment, 'sandbox'), [label.sandbox]: sandboxId },
    DriverConfig: { Name: 'local', Options: disk },
  },
});

export const volumeName = (sandboxId: string): string => `deckhand-${sandboxId}`;

/** The disk under a volume, as the engine keeps it. */
export function diskUnder(volume: { Options?: Record<string, string> | null }): string | undefined {
  const device = volume.Options?.device;
  if (device?.startsWith(devicePrefix)) return device.slice(devicePrefix.length);
  return folderOf.exec(device ?? '')?.[1];
}
const attempts = 20;
const pauseMs = 100;

/** Answers the disk that was under it. A volume is in use for a moment after its container is gone. */
export async function removeVolume(docker: Docker, sandboxId: string): Promise<string | undefined> {
  const volume = docker.getVolume(volumeName(sandboxId));
  const found = await unlessGone(volume.inspect());
  for (let attempt = 1; found; attempt++) {
    try {
      await unlessGone(volume.remove());
      break;
    } catch (error) {
      if (statusOf(error) !== 409 || attempt === attempts) throw error;
      await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  }
  return found ? diskUnder(found) : undefined;
}
