import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A build takes some ten seconds; a lock this old was left by one that was killed. */
const staleMs = 3 * 60_000;

/** Runs `work` while no other process does: Plasmo builds into one folder. */
export async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await mkdir(lock);
      await writeFile(holderOf(lock), String(process.pid));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const held = await stat(lock).catch(() => null);
      const isLeft = held && (Date.now() - held.mtimeMs > staleMs || (await isGone(lock)));
      if (isLeft) await rm(lock, { recursive: true, force: true });
      else await delay(200);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

const holderOf = (lock: string) => join(lock, 'pid');

/** Whoever took it ended without giving it back. */
async function isGone(lock: string): Promise<boolean> {
  const pid = Number(await readFile(holderOf(lock), 'utf8').catch(() => ''));
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
