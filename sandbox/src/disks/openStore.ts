import { mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import type { DiskStore } from './diskStore.ts';
import { SharedBlocks } from './extents.ts';
import { unlessMissing } from './fault.ts';
import { exists, sharesBlocks } from './files.ts';
import { imageDisks } from './imageDisks.ts';
import { freeLoop, loopOf, mounted } from './loop.ts';
import type { StoreMode } from './protocol.ts';
import { attempt, run } from './run.ts';
import { Shelf } from './shelf.ts';
import { fileSystemOf, type Space, seldom } from './space.ts';

/**
 * Where disk files lie. /disks/store is, by what the engine's kernel can do,
 *   reflink: a folder of the volume, whose file system shares blocks between copies of a file, or
 *            xfs, which does so, in the one sparse file /disks/store.img;
 *   sparse:  a folder of the volume. Copies cost time and space.
 */
const volume = '/disks';
const store = `${volume}/store`;
const storeFile = `${volume}/store.img`;
const modeFile = `${store}/mode`;
const emptyFile = `${store}/empty`;
const mib = 1024 * 1024;
const smallestBytes = 512 * mib;
const blockBytes = 512;

/** Opened under a lock: no file system may be mounted twice over two devices. */
export async function openImageStore(budgetBytes: number): Promise<DiskStore> {
  const shelf = new Shelf(store, file => rm(file, { force: true }));
  if (await exists(modeFile)) {
    if (await exists(storeFile)) await widen(budgetBytes);
  } else {
    await mkdir(store, { recursive: true });
    const mode = (await exists(storeFile)) ? await mountedMode(budgetBytes) : await newMode(budgetBytes);
    await mkdir(`${store}/live`, { recursive: true });
    await shelf.open();
    // What the file system keeps for itself is no disk's.
    if (!(await exists(emptyFile))) await writeFile(emptyFile, String(await fileSystemUse()));
    if (mode) {
      await writeFile(`${modeFile}.new`, `${mode}\n`);
      await rename(`${modeFile}.new`, modeFile);
    }
  }
  const mode = (await readFile(modeFile, 'utf8')).trim() === 'reflink' ? 'reflink' : 'sparse';
  // A helper that was killed while it copied a disk may have left it frozen.
  if (mode === 'sparse') await thawAll();
  const place = { live: `${store}/live`, old: volume, templates: store, shelf };
  return imageDisks({ ...place, mode, budgetBytes, space: await spaceOf(mode) });
}

/** A store that is there is mounted or it is an error: never another store in the empty folder below. */
async function mountedMode(budgetBytes: number): Promise<StoreMode | null> {
  await mountStore();
  await widen(budgetBytes);
  if (await exists(modeFile)) return null;
  // Whoever made it died before it said what it is.
  return (await sharesBlocks(store)) ? 'reflink' : 'sparse';
}

const newMode = async (budgetBytes: number): Promise<StoreMode> =>
  (await sharesBlocks(volume)) || (await makeStore(budgetBytes)) ? 'reflink' : 'sparse';

/** Whether file systems in files were made here before. Without its mount a store in one file looks empty. */
export async function hasImages(): Promise<boolean> {
  if (await exists(storeFile)) return true;
  const listed = await Promise.all(
    ['live', 'named'].map(folder => unlessMissing(readdir(`${store}/${folder}`))),
  );
  return listed.some(names => names !== undefined && names.length > 0);
}

/** As large as it may ever become: it is sparse. The budget is held otherwise, with some space beyond for what runs. */
async function wantedBytes(budgetBytes: number): Promise<number> {
  const size =
    budgetBytes > 0 ? budgetBytes * 1.25 + smallestBytes : ((await fileSystemOf(volume)).sizeBytes * 9) / 10;
  return Math.floor(Math.max(size, smallestBytes) / mib) * mib;
}

/** False, and nothing left, where the kernel has no such file system or no loop device to mount it from. */
async function makeStore(budgetBytes: number): Promise<boolean> {
  const unfinished = `${volume}/store.new`;
  try {
    await writeFile(unfinished, '');
    await truncate(unfinished, await wantedBytes(budgetBytes));
    await run('mkfs.xfs', '-q', '-m', 'reflink=1,crc=1', '-l', 'size=64m', unfinished);
    await rename(unfinished, storeFile);
    await mountStore();
    if (await sharesBlocks(store)) return true;
  } catch (error) {
    process.stderr.write(`no store in a file: ${Error.isError(error) ? error.message : String(error)}\n`);
  }
  await attempt(['umount', store]);
  for (const file of [unfinished, storeFile]) await rm(file, { force: true });
  return false;
}

/** `mount` takes the loop device that the file has already, if another helper left it in use. */
async function mountStore(): Promise<void> {
  await freeLoop();
  await run('mount', '-t', 'xfs', '-o', 'loop,noatime,nosuid,nodev,discard', storeFile, store);
}

/** A larger budget takes effect the next time a server starts; a store never shrinks. */
async function widen(budgetBytes: number): Promise<void> {
  const bytes = await wantedBytes(budgetBytes);
  if (bytes <= (await stat(storeFile)).size + 64 * mib) return;
  await truncate(storeFile, bytes);
  const device = await loopOf(storeFile);
  if (device === undefined) return;
  await run('losetup', '-c', device);
  await run('xfs_growfs', '-d', store);
}

async function thawAll(): Promise<void> {
  for (const entry of await readdir('/dev')) {
    const [, id] = /^deckhand-(.+)$/.exec(entry) ?? [];
    if (id === undefined) continue;
    const { stdout } = await attempt(['losetup', '-n', '-O', 'BACK-FILE', `/dev/${entry}`]);
    if (stdout.trim().startsWith(`${store}/live/`)) await mounted(id, 'thaw').catch(() => {});
  }
}

/** Every file of the store that has blocks of its own. */
async function diskFiles(): Promise<string[]> {
  const folders = [store, `${store}/live`, `${store}/files`];
  const found = await Promise.all(
    folders.map(async folder => {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter(entry => entry.isFile()).map(entry => `${folder}/${entry.name}`);
    }),
  );
  return found.flat();
}

const fileSystemUse = async () => ((await exists(storeFile)) ? (await fileSystemOf(store)).usedBytes : 0);

/** Files without blocks in common. A file with two names is one. */
async function plainUse(): Promise<number> {
  const sizes = new Map<number, number>();
  for (const file of await diskFiles()) {
    const about = await unlessMissing(stat(file));
    if (about) sizes.set(about.ino, about.blocks * blockBytes);
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** What is used and free: by the store's own file system where it has one, else by where the blocks of its files lie. */
async function spaceOf(mode: 'reflink' | 'sparse'): Promise<() => Promise<Space>> {
  const host = async () => (await fileSystemOf(volume)).availableBytes;
  if (await exists(storeFile)) {
    const empty = Number((await readFile(emptyFile, 'utf8')).trim()) || 0;
    return async () => {
      const own = await fileSystemOf(store);
      return {
        usedBytes: own.usedBytes - empty,
        storeFreeBytes: own.freeBytes,
        hostFreeBytes: await host(),
      };
    };
  }
  const shared = new SharedBlocks();
  const blocks = async () => shared.usedBytes(await diskFiles());
  const used = seldom(mode === 'reflink' ? blocks : plainUse, 500);
  return async () => {
    const free = await host();
    return { usedBytes: await used(), storeFreeBytes: free, hostFreeBytes: free };
  };
}
