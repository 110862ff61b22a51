import { finished } from 'node:stream/promises';
import Docker from 'dockerode';

/** Docker as the preflight found or started it. */
export const docker = new Docker();

/** Ids of the sandbox containers of one deployment that exist now. */
export async function sandboxContainers(deploymentId: string): Promise<string[]> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`deckhand.house=${deploymentId}`, 'deckhand.role=sandbox'] },
  });
  return found.map(container => container.Id);
}

/** A server that was ended while it removed one may have left that to the engine. */
const removeContainer = async (id: string): Promise<void> => {
  await docker
    .getContainer(id)
    .remove({ force: true })
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 409) return docker.getContainer(id).wait({ condition: 'removed' });
      if (error.statusCode !== 404) throw error;
    });
};

/** By file, never all of them: other deployments have loop devices, too. */
const dropDisks =
  'for f in /disks/store/live/*.img; do losetup -n -O NAME -j "$f" | xargs -r -n1 losetup -d; done';

/** Removes everything of one deployment from the engine. */
export async function removeDeployment(deploymentId: string): Promise<void> {
  const filters = { label: [`deckhand.house=${deploymentId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const isDisks = (labels: Record<string, string>) => labels['deckhand.role'] === 'disks';
  for (const { Id } of containers.filter(({ Labels }) => !isDisks(Labels))) await removeContainer(Id);
  const volumes = await docker.listVolumes({ filters });
  for (const { Name } of volumes.Volumes.filter(({ Labels }) => !isDisks(Labels)))
    await docker.getVolume(Name).remove({ force: true });
  // The helper that holds the disks goes last: it frees their loop devices.
  const helper = containers.find(({ Labels }) => isDisks(Labels));
  if (helper) {
    const container = docker.getContainer(helper.Id);
    const drop = await container.exec({ Cmd: ['sh', '-c', dropDisks], AttachStdout: true });
    await finished((await drop.start({})).resume());
    await container.remove({ force: true });
  }
  for (const { Name } of volumes.Volumes.filter(({ Labels }) => isDisks(Labels)))
    await docker.getVolume(Name).remove({ force: true });
  await removeImages(deploymentId);
}

/** Root file systems of a deployment, and what builds of them left; under a layer lies another. */
export async function removeImages(deploymentId: string): Promise<void> {
  const filters = { label: [`deckhand.house=${deploymentId}`] };
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const left = await docker.listImages({ filters });
    if (left.length === 0 || left.length >= before) return;
    before = left.length;
    for (const { Id } of left)
      await docker
        .getImage(Id)
        .remove({ force: true })
        .catch((error: { statusCode?: number }) => {
          if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
        });
  }
}
