import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../journal.ts';
import { cleanEnvironment, ownProgram } from '../own-programs.ts';
import { diskDir } from '../places.ts';
import { linkTarget } from './find-path.ts';

const run = promisify(execFile);

/** What a file will be. `before` and `after` are digests; a file that is not there has the digest `absent`. */
export type Change = { path: string; content: Buffer; before: string; after: string };

export const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export async function digestOf(path: string): Promise<string> {
  try {
    return digest(await readFile(path));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'absent';
    throw error;
  }
}

/** What was deleted a moment ago counts as used until the disk has noted that and nobody reads it any more. */
const fullAttempts = 5;
const fullPauseMs = 200;

/** Puts the content in place whole or not at all. Keeps the mode; writes through a link, which stays one. */
export async function apply(change: Change): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyOnce(change);
    } catch (error) {
      if (!hasCode(error, 'ENOSPC') || attempt === fullAttempts) throw error;
      await run(ownProgram('sync'), ['-f', diskDir], { env: cleanEnvironment });
      await setTimeout(fullPauseMs);
    }
  }
}

async function applyOnce({ path, content }: Change): Promise<void> {
  const target = await linkTarget(path);
  await mkdir(dirname(target), { recursive: true });
  const mode = await lstat(target).then(
    stat => stat.mode & 0o7777,
    () => undefined,
  );
  const fresh = join(
    dirname(target),
    `.${basename(target).slice(0, 40)}.${randomUUID().slice(0, 8)}.deckhand`,
  );
  try {
    const file = await open(fresh, 'wx', 0o644);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    if (mode !== undefined) await chmod(fresh, mode);
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
