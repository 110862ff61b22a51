import { rm, stat } from 'node:fs/promises';
import { DiskFault, unlessMissing } from './fault.ts';
import { attempt, run } from './run.ts';

/**
 * The device node of a disk, on the engine's host. It has a name of its own, never used again, and goes with the host's
 * memory: after a reboot a mount fails, rather than finding another sandbox's disk under a loop number in use again.
 */
export const nodeOf = (id: string): string => `/dev/deckhand-${id}`;

const attempts = 10;
const loopMajor = 7;
const noLoop = (why: string) => new DiskFault('failed', `no loop device is free: ${why.trim()}`);
const minorOf = (device: string) => /^\/dev\/loop(\d+)$/.exec(device.trim())?.[1];

/** A loop device that nobody uses. Its node may be missing where the host makes none by itself. */
export async function freeLoop(): Promise<void> {
  const device = (await run('losetup', '-f')).trim();
  const minor = minorOf(device);
  if (minor === undefined) throw noLoop(`losetup names ${device}`);
  if (await unlessMissing(stat(device))) return;
  const made = await attempt(['mknod', device, 'b', String(loopMajor), minor]);
  // Somebody else may have made it in between.
  if (made.code !== 0 && !(await unlessMissing(stat(device)))) throw noLoop(made.stderr);
}

/** The loop device of a file; undefined where it has none. */
export async function loopOf(file: string): Promise<string | undefined> {
  return (await run('losetup', '-n', '-O', 'NAME', '-j', file)).split('\n')[0]?.trim() || undefined;
}

let attaching: Promise<unknown> = Promise.resolve();

/** Makes the file reachable as the disk's device node. Asking for a free device and taking it are two steps. */
export function attach(id: string, file: string): Promise<void> {
  const mine = attaching.then(() => attachNow(id, file));
  attaching = mine.catch(() => {});
  return mine;
}

async function attachNow(id: string, file: string): Promise<void> {
  let why = '';
  for (let round = 0; round < attempts; round++) {
    await freeLoop();
    // Of its own accord it takes the next one where another server, or a stranger, was quicker.
    const taken = await attempt(['losetup', '-f', '--show', file]);
    const minor = minorOf(taken.stdout);
    if (taken.code === 0 && minor !== undefined) {
      await rm(nodeOf(id), { force: true });
      await run('mknod', nodeOf(id), 'b', String(loopMajor), minor);
      return;
    }
    why = taken.stderr;
  }
  throw noLoop(why);
}

/** Idempotent. */
export async function detach(file: string): Promise<void> {
  const device = await loopOf(file);
  if (device === undefined) return;
  const done = await attempt(['losetup', '-d', device]);
  // Somebody may drop the same disk: detached is detached.
  if (done.code !== 0 && (await loopOf(file)) !== undefined)
    throw new DiskFault('failed', `${device} cannot be let go of: ${done.stderr.trim()}`);
}

const scripts = {
  sync: 'mount -t ext4 -o noatime,nosuid,nodev "$1" /mnt && sync -f /mnt',
  copyFrozen:
    'mount -t ext4 -o noatime,nosuid,nodev "$1" /mnt && sync -f /mnt && trap "fsfreeze -u /mnt" EXIT && fsfreeze -f /mnt && sync "$2" && cp --sparse=always "$2" "$3"',
  thaw: 'mount -t ext4 "$1" /mnt && fsfreeze -u /mnt',
};

/**
 * Does something with the disk's file system. Its mount is one more of what a sandbox has mounted, and is gone with the
 * command, however that ends.
 */
export async function mounted(id: string, what: keyof typeof scripts, ...words: string[]): Promise<void> {
  await run('unshare', '-m', 'sh', '-c', scripts[what], '-', nodeOf(id), ...words);
}
