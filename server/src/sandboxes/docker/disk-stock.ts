import { randomBytes } from 'node:crypto';
import type { Result } from '../result.ts';
import type { Disks } from './disks.ts';

const keep = 2;
/** Other servers take an unused disk for an orphan after `orphanDiskMs`; ours is not handed out near that age. */
const freshMs = 40 * 60_000;
export const orphanDiskMs = 60 * 60_000;

type Ready = { diskId: string; bytes: number; madeMs: number };

export interface DiskStock {
  take(bytes: number): Promise<Result<{ diskId: string }>>;
  /** Makes what is missing of this size, behind; the last size asked for is the one kept. */
  refill(bytes: number): void;
  /** Drops what is left. */
  close(): Promise<void>;
}

/** Formatted disks kept ahead: making one takes longer than anything else before a container's start. */
export function diskStock(disks: Disks, log: (text: string) => void): DiskStock {
  let ready: Ready[] = [];
  let refilling: Promise<void> | undefined;
  let closed = false;

  const make = async (bytes: number): Promise<Result<{ diskId: string }>> => {
    const diskId = `disk-${randomBytes(8).toString('hex')}`;
    const made = await disks.make(diskId, bytes);
    return made.ok ? { ok: true, diskId } : made;
  };
  const discard = async (unfit: Ready[]) => {
    ready = ready.filter(disk => !unfit.includes(disk));
    for (const { diskId } of unfit) await disks.drop(diskId);
  };
  const isFresh = (disk: Ready) => performance.now() - disk.madeMs < freshMs;

  const fill = async (bytes: number) => {
    await discard(ready.filter(disk => disk.bytes !== bytes || !isFresh(disk)));
    while (!closed && ready.length < keep) {
      const made = await make(bytes);
      if (!made.ok) return log(`No disk could be made ahead: ${made.message}`);
      ready.push({ diskId: made.diskId, bytes, madeMs: performance.now() });
    }
  };

  return {
    take: async bytes => {
      const found = ready.find(disk => disk.bytes === bytes && isFresh(disk));
      if (!found) return make(bytes);
      ready = ready.filter(disk => disk !== found);
      return { ok: true, diskId: found.diskId };
    },
    refill: bytes => {
      if (closed) return;
      refilling ??= fill(bytes)
        .catch(error => log(`No disk could be made ahead: ${error}`))
        .finally(() => {
          refilling = undefined;
        });
    },
    close: async () => {
      closed = true;
      await refilling;
      await discard(ready);
    },
  };
}
