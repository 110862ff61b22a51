import { statfs } from 'node:fs/promises';
import { DiskFault } from './fault.ts';

const mib = 1024 * 1024;
/** Of the host's disk this stays free: a store that promised more than there is loses what is in it. */
const reserveBytes = 512 * mib;
const leastStoreBytes = 32 * mib;

export type Space = { usedBytes: number; storeFreeBytes: number; hostFreeBytes: number };

/** Size and what is used and free of the file system that a folder lies on, in bytes. */
export async function fileSystemOf(
  folder: string,
): Promise<{ sizeBytes: number; usedBytes: number; freeBytes: number; availableBytes: number }> {
  const { bsize, blocks, bfree, bavail } = await statfs(folder);
  return {
    sizeBytes: bsize * blocks,
    usedBytes: bsize * (blocks - bfree),
    freeBytes: bsize * bfree,
    availableBytes: bsize * bavail,
  };
}

/** Throws a fault where there is no room for one more disk. A budget of 0 is none. */
export function mustHaveRoom({ usedBytes, storeFreeBytes, hostFreeBytes }: Space, budgetBytes: number): void {
  if (hostFreeBytes < reserveBytes || storeFreeBytes < leastStoreBytes)
    throw new DiskFault('no_space', 'No space is left on the engine');
  if (budgetBytes > 0 && usedBytes >= budgetBytes)
    throw new DiskFault('no_budget', 'No space is left in the budget for disks');
}

/**
 * Measures again only when the figure is old: what walks through files takes no more than a share of the time. Whoever
 * asks meanwhile gets the one before.
 */
export function seldom(measure: () => Promise<number>, leastRestMs: number): () => Promise<number> {
  const restsPerLook = 10;
  let last: number | undefined;
  let looking: Promise<number> | undefined;
  let nextAtMs = 0;
  const look = async () => {
    const beganMs = performance.now();
    try {
      last = await measure();
      return last;
    } finally {
      const tookMs = performance.now() - beganMs;
      nextAtMs = performance.now() + Math.max(leastRestMs, tookMs * restsPerLook);
      looking = undefined;
    }
  };
  return () => {
    if (!looking && performance.now() >= nextAtMs) {
      looking = look();
      looking.catch(() => {});
    }
    return last === undefined && looking ? looking : Promise.resolve(last ?? 0);
  };
}
