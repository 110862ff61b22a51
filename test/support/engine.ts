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

/** What is gone, or going: a server that was ended may have left a removal to the engine. */
const unlessGone =
  (...codes: number[]) =>
  (error: { statusCode?: number }) => {
    if (!codes.includes(error.statusCode ?? 0)) throw error;
  };

const removeContainer = async (id: string): Promise<void> => {
  const container = docker.getContainer(id);
  await container
    .remove({ force: true })
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 409) return container.wait({ condition: 'removed' });
      throw error;
    })
    .catch(unlessGone(404));
};

/** By file, never all of them: other deployments have loop devices, too. */
const dropDisks =
  'for f in /disks/store/live/*.img; do losetup -n -O NAME -j "$f" | xargs -r -n1 losetup -d; done';

async function dropLoops(helper: string): Promise<void> {
  const drop = await docker.getContainer(helper).exec({ Cmd: ['sh', '-c', dropDisks], AttachStdout: true });
  await finished((await drop.start({})).resume());
}

/** Removes everything of one deployment from the engine. */
export async function removeDeployment(deploymentId: string): Promise<void> {
  const filters = { label: [`deckhand.house=${deploymentId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const isDisks = (labels: Record<string, string>) => labels['deckhand.role'] === 'disks';
  for (const { Id } of containers.filter(({ Labels }) => !isDisks(Labels))) await removeContainer(Id);
  const volumes = await docker.listVolumes({ filters });
  for (const { Name } of volumes.Volumes.filter(({ Labels }) => !isDisks(Labels)))
    await docker.getVolume(Name).remove({ force: true });
  // The helpers that hold the disks go last: they free their loop devices.
  for (const { Id } of containers.filter(({ Labels }) => isDisks(Labels))) {
    await dropLoops(Id).catch(unlessGone(404, 409));
    await removeContainer(Id);
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
    for (const { Id } of left) await docker.getImage(Id).remove({ force: true }).catch(unlessGone(404, 409));
  }
}
