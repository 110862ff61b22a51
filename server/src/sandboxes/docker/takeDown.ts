import type Docker from 'dockerode';
import type { TakenDown } from '../driver.ts';
import type { Disks } from './disks/disks.ts';
import { removeVolume } from './disks/volume.ts';
import { statusOf, unlessGone } from './errors.ts';
import { label, ourLabels } from './labels.ts';
import { listSandboxes } from './list.ts';

export type Takedown = {
  docker: Docker;
  deployment: string;
  disks: Disks;
  remove: (id: string) => Promise<void>;
};

/**
 * Takes everything of a deployment off the engine, whoever owns it: sandboxes with their disks, helpers, volumes, and
 * images where asked for. What cannot be removed keeps nothing else, and is named.
 */
export async function takeDown(
  { docker, deployment, disks, remove }: Takedown,
  { images }: { images: boolean },
): Promise<TakenDown> {
  const taken: TakenDown = {
    sandboxes: 0,
    containers: 0,
    disks: 0,
    volumes: 0,
    networks: 0,
    images: 0,
    left: [],
  };
  const filters = { label: [`${label.deployment}=${deployment}`] };
  const volumes = async () => (await docker.listVolumes({ filters })).Volumes ?? [];
  const attempt = async (
    what: string,
    kind: Exclude<keyof TakenDown, 'left'>,
    work: () => Promise<unknown>,
  ) => {
    try {
      await work();
      taken[kind] += 1;
    } catch (error) {
      taken.left.push(`${what}: ${Error.isError(error) ? error.message : String(error)}`);
    }
  };

  for (const { id } of await listSandboxes(docker, deployment))
    await attempt(`sandbox ${id}`, 'sandboxes', () => remove(id));
  const isOf = (volume: { Labels?: Record<string, string> | null }, role: 'sandbox' | 'disks') =>
    volume.Labels?.[label.role] === ourLabels(deployment, role)[label.role];
  for (const volume of await volumes()) {
    const id = volume.Labels?.[label.sandbox];
    if (id && isOf(volume, 'sandbox'))
      await attempt(`volume ${volume.Name}`, 'volumes', () => removeVolume(docker, id));
  }
  // Before the helper goes: it alone can let go of their devices.
  if ((await volumes()).some(volume => isOf(volume, 'disks'))) {
    try {
      taken.disks += (await disks.named()).length;
      for (const { id } of await disks.list()) await attempt(`disk ${id}`, 'disks', () => disks.drop(id));
    } catch (error) {
      taken.left.push(`the devices of disks: ${Error.isError(error) ? error.message : String(error)}`);
    }
    disks.close();
  }
  for (const { Id, Names } of await docker.listContainers({ all: true, filters }))
    await attempt(`container ${Names[0] ?? Id}`, 'containers', () =>
      unlessGone(docker.getContainer(Id).remove({ force: true, v: true })),
    );
  for (const { Name } of await volumes())
    await attempt(`volume ${Name}`, 'volumes', () => onceFree(() => docker.getVolume(Name).remove()));
  for (const { Id, Name } of await docker.listNetworks({ filters }))
    await attempt(`network ${Name}`, 'networks', () => unlessGone(docker.getNetwork(Id).remove()));
  if (images) taken.images = await removeImages(docker, filters);
  return taken;
}

const attempts = 50;
const pauseMs = 100;

/** A volume is in use for a moment after its container is gone. */
async function onceFree(remove: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return void (await unlessGone(remove()));
    } catch (error) {
      if (statusOf(error) !== 409 || attempt === attempts) throw error;
      await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  }
}

/** Under a layer lies another, which can go only after it. */
async function removeImages(docker: Docker, filters: { label: string[] }): Promise<number> {
  let removed = 0;
  for (;;) {
    const before = removed;
    for (const { Id } of await docker.listImages({ filters }))
      try {
        await unlessGone(docker.getImage(Id).remove({ force: true }));
        removed += 1;
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
      }
    if (removed === before) return removed;
  }
}
