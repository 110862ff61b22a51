import { posix } from 'node:path';
import type { Mirror } from '../../repos/mirror.ts';
import type { ReadFile } from './environment.ts';
import { insideRepo } from './paths.ts';

/** The files of one commit: their paths, and what is in them. */
export type Tree = {
  paths: readonly string[];
  /** Follows symbolic links inside of the commit. */
  read: ReadFile;
  /** Of a symbolic link, the path that it leads to; null for all else. */
  realOf?: (path: string) => string | null;
  /** False once git did not tell something that the commit has: the commit is not here, or git failed. */
  isTold?: () => boolean;
};

/**
 * Of a mirror's commit. What is not there is known at once, without asking git for each.
 */
export async function treeAt(mirror: Mirror, commit: string): Promise<Tree> {
  const listed = await mirror.git(['ls-tree', '-r', '-z', '--end-of-options', commit]);
  const entries = listed.ok ? listed.stdout.split('\0').filter(Boolean) : [];
  const paths: string[] = [];
  const links = new Set<string>();
  for (const entry of entries) {
    const path = entry.slice(entry.indexOf('\t') + 1);
    paths.push(path);
    if (entry.startsWith('120000 ')) links.add(path);
  }
  const real = await realPaths(mirror, { commit, paths, links });
  const there = new Set([...paths, ...real.behindLinks]);
  let isTold = listed.ok && real.isTold;
  return {
    paths: [...paths, ...real.behindLinks],
    async read(path) {
      if (!there.has(path)) return null;
      const text = await mirror.readFile(commit, path);
      if (text === null) isTold = false;
      return text;
    },
    realOf: path => real.targets.get(path) ?? null,
    isTold: () => isTold,
  };
}

const mostLinks = 50;

/** Where the links near the top lead: of a folder of this product's or of a devcontainer, what lies behind it too. */
async function realPaths(
  mirror: Mirror,
  { commit, paths, links }: { commit: string; paths: string[]; links: ReadonlySet<string> },
): Promise<{ targets: Map<string, string>; behindLinks: string[]; isTold: boolean }> {
  const targets = new Map<string, string>();
  let isTold = true;
  const near = [...links].filter(path => path.split('/').length <= 2).slice(0, mostLinks);
  for (const link of near) {
    const shown = await mirror.git(['cat-file', 'blob', `${commit}:${link}`], { maxBytes: 4096 });
    isTold &&= shown.ok;
    const target = shown.ok ? insideRepo(shown.stdout, posix.dirname(link)) : null;
    if (target !== null) targets.set(link, target);
  }
  const behindLinks = [...targets].flatMap(([link, target]) =>
    paths.flatMap(path => (path.startsWith(`${target}/`) ? [`${link}${path.slice(target.length)}`] : [])),
  );
  const ofOurs = behindLinks.filter(path => /^\.(deckhand|devcontainer)\//.test(path));
  return { targets, behindLinks: ofOurs, isTold };
}

/** One folder of a tree; `.` is its top. */
export type Folder = {
  path: string;
  /** Names of what lies in it itself. */
  files: ReadonlySet<string>;
  read: ReadFile;
};

export function folderOf(tree: Tree, path: string): Folder {
  const names = tree.paths.flatMap(each => (posix.dirname(each) === path ? [posix.basename(each)] : []));
  return { path, files: new Set(names), read: name => tree.read(path === '.' ? name : `${path}/${name}`) };
}
