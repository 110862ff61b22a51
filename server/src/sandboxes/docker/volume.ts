import type Docker from 'dockerode';
import { statusOf, unlessGone } from './errors.ts';
import { label, ourLabels } from './labels.ts';

export type VolumeSpec = { sandboxId: string; deployment: string; diskId: string | undefined };

const devicePrefix = '/dev/deckhand-';

/**
 * The mount at /work, on a disk of its own where the engine can mount one. The engine makes the volume with the
 * container, and mounts nothing before it starts: the disk may be made meanwhile.
 */
export function diskVolume({ sandboxId, deployment, diskId }: VolumeSpec): Docker.MountSettings {
  const options = { type: 'ext4', device: `${devicePrefix}${diskId}`, o: 'noatime,nosuid,nodev,discard' };
  return {
    Type: 'volume',
    Source: volumeName(sandboxId),
    Target: '/work',
    ReadOnly: false,
    VolumeOptions: {
      NoCopy: true,
      Labels: { ...ourLabels(deployment, 'sandbox'), [label.sandbox]: sandboxId },
      DriverConfig: { Name: 'local', Options: diskId ? options : {} },
    },
  };
}

export const volumeName = (sandboxId: string): string => `deckhand-${sandboxId}`;

/** The disk under a volume, as the engine keeps it. */
export function diskUnder(volume: { Options?: Record<string, string> | null }): string | undefined {
  const device = volume.Options?.device;
  return device?.startsWith(devicePrefix) ? device.slice(devicePrefix.length) : undefined;
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
