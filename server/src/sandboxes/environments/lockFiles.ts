import type { ReadFile } from './environment.ts';

/** Files that say which versions of what `install` puts in place. At the top of the repository. */
export const knownLockFiles = [
  'pnpm-lock.yaml',
  'yarn.lock',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'bun.lock',
  'uv.lock',
  'poetry.lock',
  'Pipfile.lock',
  'requirements.txt',
  'go.sum',
  'Cargo.lock',
  'pom.xml',
  'gradle.lockfile',
  'Gemfile.lock',
  'composer.lock',
] as const;
export type LockFile = (typeof knownLockFiles)[number];

/** Those of them that the commit has. */
export async function lockFilesOf(read: ReadFile): Promise<LockFile[]> {
  const texts = await Promise.all(knownLockFiles.map(file => read(file)));
  return knownLockFiles.filter((_, i) => texts[i] !== null);
}
