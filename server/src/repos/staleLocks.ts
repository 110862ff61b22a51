import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { longestMs } from '../platform/git.ts';

/**
 * Takes away what a git left that had no time to tidy up (a machine that lost power): a lock outlives nobody who may still
 * hold it, as no git of ours runs for longer. Left there, it keeps its ref as it is for good.
 */
export async function dropStaleLocks(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch(() => []))
    if (name.endsWith('.lock')) await dropStaleLock(join(dir, name));
  for (const name of await readdir(join(dir, 'refs'), { recursive: true }).catch(() => []))
    if (name.endsWith('.lock')) await dropStaleLock(join(dir, 'refs', name));
}

export async function dropStaleLock(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() && Date.now() - found.mtimeMs > 2 * longestMs) await rm(path, { force: true });
}
