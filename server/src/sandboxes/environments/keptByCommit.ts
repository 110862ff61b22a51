import { singleFlight } from '../../platform/singleFlight.ts';
import type { Mirror } from '../../repos/mirror.ts';
import { type Tree, treeAt } from './tree.ts';

/** Of each mirror. */
const mostCommits = 20;

/**
 * Reads something from the files of a commit, once: a commit never changes. What git did not tell whole is read again
 * the next time. Each caller gets a copy of its own.
 */
export function keptByCommit<T>(
  read: (tree: Tree) => Promise<T>,
): (mirror: Mirror, commit: string) => Promise<T> {
  const mirrors = new WeakMap<
    Mirror,
    { kept: Map<string, T>; flights: ReturnType<typeof singleFlight<string, T>> }
  >();
  return async (mirror, commit) => {
    const of = mirrors.get(mirror) ?? { kept: new Map<string, T>(), flights: singleFlight<string, T>() };
    mirrors.set(mirror, of);
    const known = of.kept.get(commit);
    if (known !== undefined) return structuredClone(known);
    const found = await of.flights.run(commit, async () => {
      const tree = await treeAt(mirror, commit);
      const result = await read(tree);
      if (tree.isTold?.()) of.kept.set(commit, result);
      if (of.kept.size > mostCommits) of.kept.delete(of.kept.keys().next().value ?? '');
      return result;
    });
    return structuredClone(found);
  };
}
