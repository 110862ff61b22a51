import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The data folder, for its owner only. */
export async function ensureDataDir(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
}

/** A random secret of this installation, kept in the data folder; made once. */
export async function keptSecret(dir: string, name: string): Promise<string> {
  const path = join(dir, name);
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known.length >= 32) return known;
  const secret = randomBytes(32).toString('base64url');
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, secret, { mode: 0o600 });
  await rename(aside, path);
  return secret;
}
