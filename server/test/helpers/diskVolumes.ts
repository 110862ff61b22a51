import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBaseImage, ensureEngine } from '@deckhand/sandbox/preflight';
import Docker from 'dockerode';
import { type DiskKind, diskHelperName, disksVolume } from '../../src/sandboxes/docker/disks/diskHelper.ts';
import { type Disks, disks } from '../../src/sandboxes/docker/disks/disks.ts';
import { execute } from '../../src/sandboxes/docker/exec.ts';
import { label, ourLabels } from '../../src/sandboxes/docker/labels.ts';
import type { DiskAbout } from '../../src/sandboxes/driver.ts';

const mib = 1024 * 1024;
/** The engine, once it was found. */
let docker: Docker = new Docker();
let base = '';

/** Call before all tests of a file. */
export async function findEngine(): Promise<void> {
  const say = () => {};
  const engine = await ensureEngine({
    dockerHost: process.env.DOCKER_HOST,
    dataDir: join(tmpdir(), 'deckhand-engine'),
    say,
  });
  if (!engine.ok) throw new Error(engine.message);
  docker = engine.docker;
  const image = await ensureBaseImage({ docker, say });
  if (!image.ok) throw new Error(image.message);
  base = image.tag;
}

export const about = (n: string): DiskAbout => ({ kind: 'snapshot', labels: { n } });

/** The disks of a deployment of the test's own; `ready` makes its volume what the test wants it to be. */
export async function openDisks(
  kind: DiskKind | undefined,
  ready: (volume: string) => Promise<void> = async () => {},
  engine = docker,
) {
  const deployment = `test-${randomBytes(4).toString('hex')}`;
  const said: string[] = [];
  const all: Disks[] = [];
  const more = (budgetBytes = 0) => {
    const made = disks({
      docker: engine,
      deployment,
      image: async () => base,
      budgetBytes,
      kind,
      log: text => said.push(text),
    });
    all.push(made);
    return made;
  };
  await ready(disksVolume(deployment));
  const opened = more();
  const close = async () => {
    // What a test that failed left has a device each.
    for (const { id } of await opened.list().catch(() => [])) await opened.drop(id).catch(() => {});
    for (const each of all) each.close();
    const filters = { label: [`${label.deployment}=${deployment}`] };
    for (const { Id } of await docker.listContainers({ all: true, filters }))
      await docker.getContainer(Id).remove({ force: true });
    await docker.getVolume(disksVolume(deployment)).remove();
  };
  const run = async (script: string) => {
    const which = (await opened.support()).kind;
    const done = await execute(docker.getContainer(diskHelperName(deployment, which)), ['sh', '-c', script]);
    if (done.code !== 0) throw new Error(`${script}: ${done.stderr}`);
    return done.stdout.trim();
  };
  /** In the root of a disk, as its sandbox would. */
  const on = async (id: string, script: string) => {
    if ((await opened.support()).kind === 'folders') return run(`cd /disks/folders/live/${id}/ && ${script}`);
    return run(`unshare -m sh -c 'mount /dev/deckhand-${id} /mnt && cd /mnt && ${script} && sync -f /mnt'`);
  };
  /** As after a crash: what runs for the disks is gone, the volume is there. */
  const killHelper = () => docker.getContainer(diskHelperName(deployment, 'images')).remove({ force: true });
  return { disks: opened, more, said, run, on, killHelper, close };
}

/** A container of the test's own that may have loop devices. */
async function asRoot(script: string, binds: string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: base,
    User: '0:0',
    Cmd: ['sleep', '60'],
    HostConfig: {
      CapAdd: ['SYS_ADMIN', 'MKNOD'],
      DeviceCgroupRules: ['b 7:* rwm', 'c 10:237 rwm'],
      NetworkMode: 'none',
      Binds: binds,
      Init: true,
    },
  });
  try {
    await container.start();
    const done = await execute(container, ['sh', '-c', `set -e; ${script}`]);
    if (done.code !== 0) throw new Error(`${script}: ${done.stderr}`);
    return done.stdout.trim();
  } finally {
    await container.remove({ force: true });
  }
}

const madeDevices: (() => Promise<void>)[] = [];

/** Call after all tests of a file. */
export async function undoDevices(): Promise<void> {
  for (const undo of madeDevices) await undo();
}

/** The volume lies on a file system of its own that shares blocks, as it would on a host with xfs or btrfs. */
const onDevice = (type: string, device: string) => async (volume: string) => {
  const DriverOpts = { type, device };
  await docker.createVolume({
    Name: volume,
    Driver: 'local',
    DriverOpts,
    Labels: ourLabels(volume.slice(9, -6), 'disks'),
  });
};

export async function onXfs(volume: string): Promise<void> {
  const scratch = `${volume}-scratch`;
  const binds = ['/dev:/dev', `${scratch}:/scratch`];
  const device = await asRoot(
    'truncate -s 2G /scratch/fs; mkfs.xfs -q -m reflink=1 /scratch/fs; losetup -f --show /scratch/fs',
    binds,
  );
  madeDevices.push(async () => {
    await asRoot(`losetup -d ${device}`, binds);
    await docker.getVolume(scratch).remove();
  });
  await onDevice('xfs', device)(volume);
}

/** The base image has no tools for btrfs: they must be on the machine of the test, which is the engine's then. */
export async function onBtrfs(volume: string): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'deckhand-btrfs-'));
  const file = join(dir, 'fs');
  writeFileSync(file, '');
  truncateSync(file, 2048 * mib);
  const made = spawnSync('mkfs.btrfs', ['-q', file]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  const { stdout } = spawnSync('losetup', ['-f', '--show', file], { encoding: 'utf8' });
  madeDevices.push(async () => {
    spawnSync('losetup', ['-d', stdout.trim()]);
    rmSync(dir, { recursive: true });
  });
  await onDevice('btrfs', stdout.trim())(volume);
}
export const hasBtrfs = spawnSync('mkfs.btrfs', ['--version']).status === 0;

/** As where the kernel has neither such a disk nor xfs. */
export async function onPlain(volume: string): Promise<void> {
  await docker.createVolume({ Name: volume, Driver: 'local' });
  await asRoot(
    'cd /disks; mkdir -p store/live store/files store/named; echo 0 > store/empty; echo sparse > store/mode',
    [`${volume}:/disks`],
  );
}

/** The same engine, but what it is asked to make is changed first. */
export function engineThat(
  change: (options: Docker.ContainerCreateOptions) => Docker.ContainerCreateOptions,
): Docker {
  const engine: Docker = Object.create(docker);
  engine.createContainer = (options: Docker.ContainerCreateOptions) =>
    docker.createContainer(change(options));
  return engine;
}

/** One that refuses a container that may mount. */
export const engineWithoutMounts = () =>
  engineThat(options => {
    if (options.HostConfig?.DeviceCgroupRules)
      throw Object.assign(new Error('rules for devices are not supported'), { statusCode: 400 });
    return options;
  });

/** The volume is of a server that mounted: a sleeping disk lies in it. */
export async function afterMounts(volume: string): Promise<void> {
  await docker.createVolume({ Name: volume, Driver: 'local' });
  await asRoot('mkdir -p /disks/store/named; ln -s ../files/x.img /disks/store/named/sleep-sbx_a', [
    `${volume}:/disks`,
  ]);
}
