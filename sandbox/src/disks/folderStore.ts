import { chown, mkdir, readdir, readlink, rm, stat, symlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DiskStore } from './diskStore.ts';
import { DiskFault, unlessMissing } from './fault.ts';
import { hasImages } from './openStore.ts';
import { attempt, run } from './run.ts';
import { Shelf } from './shelf.ts';
import { fileSystemOf, mustHaveRoom, type Space, seldom } from './space.ts';

const folder = '/disks/folders';
const live = `${folder}/live`;
const owner = 1000;
/** Counting what is in them walks through every file. */
const countRestMs = 15_000;

/**
 * Disks as folders of the volume: `files/X.dir`, with `live/ID` (which is what a sandbox mounts) and `named/NAME` as links
 * to it. What neither names is gone. A disk has no size of its own, and a copy costs the time that its files take.
 */
export async function openFolderStore(budgetBytes: number): Promise<DiskStore> {
  const shelf = new Shelf(folder, removeUnused);
  await mkdir(live, { recursive: true });
  await shelf.open();

  const liveOf = async (id: string): Promise<string | undefined> => {
    const target = await unlessMissing(readlink(`${live}/${id}`));
    return target === undefined ? undefined : `${shelf.files}/${basename(target)}`;
  };
  const liveFiles = async () =>
    new Set(await Promise.all((await readdir(live)).map(async id => (await liveOf(id)) ?? '')));
  async function removeUnused(file: string): Promise<void> {
    if ((await liveFiles()).has(file) || (await shelf.isNamed(file))) return;
    await run('rm', '-rf', '--', file);
  }
  const used = seldom(() => bytesOf(shelf.files), countRestMs);
  const space = async (): Promise<Space> => {
    const free = (await fileSystemOf(folder)).availableBytes;
    return { usedBytes: await used(), storeFreeBytes: free, hostFreeBytes: free };
  };
  const pathOf = (id: string) => `${shelf.files}/${id}.dir`;
  /** The folder first: whoever dies in between leaves what nothing names. */
  const create = async (id: string, fill: (path: string) => Promise<void>): Promise<void> => {
    if (await liveOf(id)) throw new DiskFault('exists', `disk ${id} exists`);
    mustHaveRoom(await space(), budgetBytes);
    const path = pathOf(id);
    try {
      await fill(path);
      await symlink(`../files/${basename(path)}`, `${live}/${id}`);
    } catch (error) {
      await removeUnused(path);
      throw error;
    }
  };
  const mustBeThere = async (id: string): Promise<string> => {
    const file = await liveOf(id);
    if (file !== undefined && (await unlessMissing(stat(file)))) return file;
    throw new DiskFault('not_found', `disk ${id} does not exist`);
  };

  return {
    mode: 'folder',
    hasImages: await hasImages(),
    make: id =>
      create(id, async path => {
        await mkdir(path, { mode: 0o755 });
        await chown(path, owner, owner);
      }),
    copy: async ({ name, id, isLast }) => {
      const from = await shelf.at(name);
      if (from === undefined || !(await unlessMissing(stat(from))))
        throw new DiskFault('not_found', `disk ${name} does not exist`);
      const isFree = isLast === true && !(await liveFiles()).has(from);
      if (!isFree) await create(id, path => copyTree(from, path));
      else if (await liveOf(id)) throw new DiskFault('exists', `disk ${id} exists`);
      else await symlink(`../files/${basename(from)}`, `${live}/${id}`);
      return { about: await shelf.aboutOf(from) };
    },
    drop: async id => {
      const file = await liveOf(id);
      await rm(`${live}/${id}`, { force: true });
      if (file !== undefined) await removeUnused(file);
    },
    list: async () => {
      const disks = await Promise.all(
        (await readdir(live)).map(async id => {
          const file = await liveOf(id);
          const about = file === undefined ? undefined : await unlessMissing(stat(file));
          return { id, ageMs: Math.max(0, Date.now() - (about?.birthtimeMs ?? 0)) };
        }),
      );
      return { disks };
    },
    // Its sandbox does not run meanwhile: the driver sees to that.
    keep: async (id, name, about) => {
      const from = await mustBeThere(id);
      mustHaveRoom(await space(), budgetBytes);
      const file = shelf.fresh(name, '.dir');
      try {
        await copyTree(from, file);
        // The files before their name: a copy that a power cut emptied must not have it.
        await run('sync', '-f', file);
        const bytes = await bytesOf(file);
        await shelf.publish(name, file, { ...about, [bytesKey]: bytes });
        return { bytes };
      } catch (error) {
        await removeUnused(file);
        throw error;
      }
    },
    link: async (id, name, about) => {
      const file = await mustBeThere(id);
      await run('sync', '-f', file);
      const bytes = await bytesOf(file);
      await shelf.publish(name, file, { ...about, [bytesKey]: bytes });
      return { bytes };
    },
    forget: name => shelf.forget(name),
    named: async () => ({
      disks: await Promise.all(
        (await shelf.list()).map(async ({ name, file, ageMs }) => {
          const { [bytesKey]: bytes, ...about } = await shelf.aboutOf(file);
          return { name, ageMs, bytes: typeof bytes === 'number' ? bytes : 0, about };
        }),
      ),
    }),
    usage: space,
    tidy: async olderThanMs => {
      const inUse = await liveFiles();
      for (const file of await shelf.nameless(olderThanMs))
        if (!inUse.has(file)) await shelf.removeFile(file);
    },
  };
}

/** Kept with what is said of a disk: counting it again would walk through all of its files. */
const bytesKey = 'bytes';

/** Everything as it is: owners, modes, times, links. Shares blocks where the file system can. */
async function copyTree(from: string, to: string): Promise<void> {
  await run('cp', '-a', '--reflink=auto', '-T', '--', from, to);
}

/** On the disk, not as they say they are; a file with several names counts once. */
async function bytesOf(path: string): Promise<number> {
  // A file that goes while it is counted makes `du` fail, after it has counted the others.
  const { stdout } = await attempt(['du', '-s', '-B1', '--', path]);
  return Number(stdout.split('\t')[0]) || 0;
}
