import { constants, copyFile, open, rm, stat } from 'node:fs/promises';
import { unlessMissing } from './fault.ts';

export const exists = async (path: string): Promise<boolean> =>
  (await unlessMissing(stat(path))) !== undefined;

/** On the disk itself, not only in the kernel's memory. */
export async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A copy that shares its blocks. Throws, and leaves nothing, where the file system cannot. */
export const shareCopy = (from: string, to: string): Promise<void> =>
  copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);

/** Whether copies of a file in this folder can share their blocks: tried, for nothing else tells. */
export async function sharesBlocks(folder: string): Promise<boolean> {
  const [probe, copy] = [`${folder}/.probe-${process.pid}`, `${folder}/.probe2-${process.pid}`];
  try {
    const file = await open(probe, 'w');
    await file.writeFile('probe');
    await file.close();
    await shareCopy(probe, copy);
    return true;
  } catch {
    return false;
  } finally {
    for (const path of [probe, copy]) await rm(path, { force: true });
  }
}
