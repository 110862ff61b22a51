import { isSha } from '../platform/git.ts';
import type { BareRepository } from './bareRepository.ts';

export type TreePaths = { paths: readonly string[]; cut: boolean };

const mostPaths = 50_000;
const mostBytes = 16 * 1024 * 1024;
const timeoutMs = 5_000;
const keptTrees = 8;

/** The files of commits, of which the last few are kept: who completes a path asks again at each letter. */
export class Trees {
  #kept = new Map<string, Promise<TreePaths>>();

  of(repository: BareRepository, sha: string): Promise<TreePaths> {
    const known = this.#kept.get(sha);
    const paths = known ?? read(repository, sha);
    this.#kept.delete(sha);
    this.#kept.set(sha, paths);
    if (this.#kept.size > keptTrees) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return paths;
  }
}

async function read(repository: BareRepository, sha: string): Promise<TreePaths> {
  if (!isSha(sha)) return { paths: [], cut: false };
  const listed = await repository.git(['ls-tree', '-r', '--name-only', '-z', '--end-of-options', sha], {
    maxBytes: mostBytes,
    timeoutMs,
  });
  if (!listed.ok) return { paths: [], cut: true };
  const paths = listed.stdout.split('\0').filter(Boolean);
  return { paths: paths.slice(0, mostPaths), cut: paths.length > mostPaths };
}

/** Those that fit what was typed, best first: a name that begins with it, one that has it, a path that has it or its letters in order. */
export function fittingPaths(paths: readonly string[], typed: string, most: number): string[] {
  const wanted = typed.toLowerCase();
  const ranks: string[][] = [[], [], [], []];
  for (const path of paths) {
    const rank = rankOf(path.toLowerCase(), wanted);
    if (rank !== null) ranks[rank]?.push(path);
  }
  const best: string[] = [];
  for (const rank of ranks) {
    if (best.length >= most) break;
    best.push(...rank.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)));
  }
  return best.slice(0, most);
}

function rankOf(path: string, wanted: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith(wanted)) return 0;
  if (name.includes(wanted)) return 1;
  if (path.includes(wanted)) return 2;
  let at = 0;
  for (const letter of wanted) {
    at = path.indexOf(letter, at) + 1;
    if (at === 0) return null;
  }
  return 3;
}
