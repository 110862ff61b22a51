import type Docker from 'dockerode';
import { statusOf, unlessGone } from './errors.ts';
import { label, ourLabels } from './labels.ts';

export type VolumeSpec = { name: string; sandboxId: string; house: string };

/** On a disk of its own size where the engine can mount one. Nothing is mounted before a container starts. */
export function createVolume(
  docker: Docker,
  { name, sandboxId, house }: VolumeSpec,
  onDisk: boolean,
): Promise<unknown> {
  return docker.createVolume({
    Name: name,
    Driver: 'local',
    Labels: { ...ourLabels(house, 'sandbox'), [label.sandbox]: sandboxId },
    ...(onDisk
      ? {
          DriverOpts: {
            type: 'ext4',
            device: `/dev/deckhand-${sandboxId}`,
            o: 'noatime,nosuid,nodev,discard',
          },
        }
      : {}),
  });
}

const attempts = 20;
const pauseMs = 100;

/** A volume is in use for a moment after its container is gone. */
export async function removeVolume(docker: Docker, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await unlessGone(docker.getVolume(name).remove());
      return;
    } catch (error) {
      if (statusOf(error) !== 409 || attempt === attempts) throw error;
      await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  }
}
