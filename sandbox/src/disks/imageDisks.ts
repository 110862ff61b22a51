import { link, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import type { DiskStore } from './diskStore.ts';
import { DiskFault, unlessMissing } from './fault.ts';
import { exists, shareCopy } from './files.ts';
import { attach, detach, mounted, nodeOf } from './loop.ts';
import { attempt, run } from './run.ts';
import type { About, Shelf } from './shelf.ts';
import { mustHaveRoom, type Space } from './space.ts';

export type ImagePlace = {
  /** Where the disks of sandboxes lie: ID.img. */
  live: string;
  /** Where they were before there was a store. */
  old: string;
  /** One formatted disk of each size, where copies are free. */
  templates: string;
  shelf: Shelf;
  mode: 'reflink' | 'sparse';
  budgetBytes: number;
  space: () => Promise<Space>;
};

const gib = 1024 ** 3;
const blockBytes = 512;

/** Disks as sparse files with ext4 inside, each with a device node on the engine's host. */
export function imageDisks(place: ImagePlace): DiskStore {
  const { live, shelf, mode, budgetBytes, space } = place;
  const fileOf = (id: string) => `${live}/${id}.img`;
  const filesOf = (id: string) => [fileOf(id), `${place.old}/${id}.img`];

  const drop = async (id: string): Promise<void> => {
    await rm(nodeOf(id), { force: true });
    for (const file of filesOf(id)) {
      if (!(await exists(file))) continue;
      await detach(file);
      await rm(file, { force: true });
    }
  };
  /** A half-made disk goes before its failure is told. */
  const orDrop = async (id: string, work: () => Promise<void>): Promise<void> => {
    if (await exists(fileOf(id))) throw new DiskFault('exists', `disk ${id} exists`);
    mustHaveRoom(await space(), budgetBytes);
    try {
      await work();
      await attach(id, fileOf(id));
    } catch (error) {
      await drop(id);
      throw error;
    }
  };
  const mustBeThere = async (id: string): Promise<string> => {
    if (await exists(fileOf(id))) return fileOf(id);
    throw new DiskFault('not_found', `disk ${id} does not exist`);
  };
  const publish = async (name: string, file: string, about: About): Promise<{ bytes: number }> => {
    await shelf.publish(name, file, about);
    return { bytes: (await stat(file)).blocks * blockBytes };
  };
  const orRemove = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await shelf.removeFile(file);
      throw error;
    }
  };

  return {
    mode,
    // Formatted once for each size where copies are free.
    make: (id, bytes) =>
      orDrop(id, async () => {
        if (mode !== 'reflink') return format(fileOf(id), bytes);
        const template = `${place.templates}/template-${bytes}`;
        if (!(await exists(template))) {
          await format(`${template}.${id}`, bytes);
          await rename(`${template}.${id}`, template);
        }
        await shareCopy(template, fileOf(id));
      }),
    copy: async ({ name, id, bytes }) => {
      const from = await shelf.at(name);
      if (from === undefined || !(await exists(from)))
        throw new DiskFault('not_found', `disk ${name} does not exist`);
      await orDrop(id, async () => {
        await duplicate(mode, from, fileOf(id));
        if ((await stat(fileOf(id))).size < bytes) await grow(fileOf(id), bytes);
      });
      return { about: await shelf.aboutOf(from) };
    },
    drop,
    list: async () => {
      const found = await Promise.all(
        [live, place.old].map(async folder => {
          const names = (await readdir(folder)).filter(name => /^[\w-]+\.img$/.test(name));
          const disks = folder === live ? names : names.filter(name => name.startsWith('disk-'));
          return Promise.all(
            disks.map(async name => {
              const about = await unlessMissing(stat(`${folder}/${name}`));
              const ageMs = Math.max(0, Date.now() - (about?.birthtimeMs ?? Date.now()));
              return { id: name.slice(0, -'.img'.length), ageMs };
            }),
          );
        }),
      );
      return { disks: found.flat() };
    },
    // Where copies are free they are of one moment, so the journal makes them whole; else writes wait for the copy.
    keep: async (id, name, about) => {
      const from = await mustBeThere(id);
      mustHaveRoom(await space(), budgetBytes);
      const file = shelf.fresh(name);
      return orRemove(file, async () => {
        if (mode === 'reflink') {
          await mounted(id, 'sync');
          await shareCopy(from, file);
        } else {
          // A copy that is killed may leave the disk frozen, and its sandbox with it.
          await mounted(id, 'copyFrozen', from, file).catch(async error => {
            await mounted(id, 'thaw').catch(() => {});
            throw error;
          });
        }
        return publish(name, file, about);
      });
    },
    link: async (id, name, about) => {
      const from = await mustBeThere(id);
      const file = shelf.fresh(name);
      return orRemove(file, async () => {
        await link(from, file);
        return publish(name, file, about);
      });
    },
    forget: name => shelf.forget(name),
    named: async () => {
      const disks = await Promise.all(
        (await shelf.list()).map(async ({ name, file, ageMs }) => {
          const size = await unlessMissing(stat(file));
          if (!size) return [];
          return [{ name, ageMs, bytes: size.blocks * blockBytes, about: await shelf.aboutOf(file) }];
        }),
      );
      return { disks: disks.flat() };
    },
    usage: () => space(),
    tidy: async olderThanMs => {
      for (const file of await shelf.nameless(olderThanMs)) await shelf.removeFile(file);
    },
  };
}

/** With a journal: a copy of a disk in use must be whole. Some 16 MiB of it are enough, and mkfs takes less on a small disk. */
async function format(file: string, bytes: number): Promise<void> {
  const journal = bytes >= gib ? 16 : 4;
  const options = 'lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=1000:1000';
  try {
    await writeFile(file, '');
    await truncate(file, bytes);
    await run('mkfs.ext4', '-q', '-F', '-m', '0', '-J', `size=${journal}`, '-E', options, file);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

async function duplicate(mode: 'reflink' | 'sparse', from: string, to: string): Promise<void> {
  if (mode === 'reflink') return shareCopy(from, to);
  await run('cp', '--sparse=always', from, to);
}

/**
 * Rare, and slow for a disk of many files: it wants a full check first. (A mounted one the kernel would grow without, for
 * CAP_SYS_RESOURCE, which not every engine has to give.)
 */
async function grow(file: string, bytes: number): Promise<void> {
  await truncate(file, bytes);
  const checked = await attempt(['e2fsck', '-fp', file]);
  // 1: it mended something.
  if (checked.code !== 0 && checked.code !== 1)
    throw new DiskFault('failed', `the disk is not whole: ${checked.stdout.trim()}`);
  await run('resize2fs', file);
}
