import type { Tree } from './tree.ts';

/** Files that say which versions of what `install` puts in place. At the top of the repository. */
const knownLockFiles = [
  'pnpm-lock.yaml',
  'yarn.lock',
  'package-lock.json',
  'npm-shrinkwrap.json',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
  'uv.lock',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'requirements.txt',
  'go.sum',
  'Cargo.lock',
  'pom.xml',
  'gradle.lockfile',
  'Gemfile.lock',
  'composer.lock',
  'packages.lock.json',
];

/** Those of them that the commit has; of one that is a symbolic link also what it leads to, which is what changes. */
export function lockFilesOf({ paths, realOf }: Pick<Tree, 'paths' | 'realOf'>): string[] {
  const there = new Set(paths);
  return knownLockFiles.flatMap(file => (there.has(file) ? [file, realOf?.(file) ?? file] : [])).filter(once);
}

const once = (file: string, i: number, all: string[]) => all.indexOf(file) === i;
