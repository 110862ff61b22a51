import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The data folder, for its owner only; also where it was there before, as a checkout with a file in it makes it. */
export async function ensureDataDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
}

/** A random secret of this installation, kept in the data folder; made once. */
export const keptSecret = (dir: string, name: string) =>
  kept(join(dir, name), () => randomBytes(32).toString('base64url'));

/** What this deployment is called on an engine that it may share with others. The file's name is of the first version. */
export const keptDeploymentId = (dir: string) =>
  kept(join(dir, 'house'), () => randomBytes(6).toString('hex'));

async function kept(path: string, make: () => string): Promise<string> {
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, make(), { mode: 0o600 });
  await rename(aside, path);
  return (await readFile(path, 'utf8')).trim();
}

/** Where the server of this data folder listens, for the CLI to find. */
export const keepUrl = (dir: string, url: string) => writeFile(join(dir, 'url'), url);
