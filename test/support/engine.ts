import Docker from 'dockerode';

/** Docker as the preflight found or started it. */
export const docker = new Docker();

/** Ids of the sandboxes of one installation that exist now. */
export async function sandboxContainers(house: string): Promise<string[]> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`deckhand.house=${house}`, 'deckhand.role=sandbox'] },
  });
  return found.map(container => container.Id);
}

/** Removes everything of one installation from the engine. */
export async function removeHouse(house: string): Promise<void> {
  const filters = { label: [`deckhand.house=${house}`] };
  // The helper that holds the disks must go last: it frees their loop devices.
  const containers = await docker.listContainers({ all: true, filters });
  const isDisks = (labels: Record<string, string>) => labels['deckhand.role'] === 'disks';
  for (const { Id } of containers.filter(({ Labels }) => !isDisks(Labels)))
    await docker.getContainer(Id).remove({ force: true });
  const helper = containers.find(({ Labels }) => isDisks(Labels));
  if (helper) {
    const release = await docker.getContainer(helper.Id).exec({
      Cmd: [
        'sh',
        '-c',
        'for f in $(losetup -nO BACK-FILE,NAME | grep /disks/ | sed "s/.* //"); do losetup -d $f; done',
      ],
    });
    await release.start({}).catch(() => {});
    await docker.getContainer(helper.Id).remove({ force: true });
  }
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of Volumes ?? []) await docker.getVolume(Name).remove({ force: true });
}
