import { git } from '../../platform/git.ts';
import { outputOf, records } from '../../platform/gitObjects.ts';
import { Refused } from './limits.ts';
import type { Push } from './newCommits.ts';
import type { TreeChange } from './treeChanges.ts';

/** Some hosts and disks take these for the same name: other case, a dot or blank at the end, signs nobody sees. */
const plainName = (name: string) =>
  name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/(?<![. ])[. ]+$/, '')
    .toLowerCase();

/** A workflow, a folder of them that became something else, or what would lead there. */
export function isWorkflow(path: string): boolean {
  const [first = '', second, ...rest] = path.split('/').map(plainName);
  if (first !== '.github') return false;
  return second === undefined || second === 'workflows' || (second === '' && rest.length > 0);
}

/**
 * Paths of workflows that would be other on the host than what people put there: each commit is looked at, since a
 * host runs what any pushed commit holds, and the head as a whole, since a merge may throw away what it merged.
 */
export async function changedWorkflows(
  push: Push,
  { changes, base }: { changes: readonly TreeChange[]; base: string },
): Promise<string[]> {
  const paths = new Set(changes.map(({ path }) => path).filter(isWorkflow));
  const forks = await mergeBases(push, push.head, base);
  if (forks.length > 0) {
    const [head, ...standing] = await Promise.all([push.head, ...forks].map(sha => workflowsOf(push, sha)));
    const theirs = await Promise.all(push.hosted.map(sha => changedThere(push, sha, base)));
    const all = new Set([head, ...standing].flatMap(entries => [...(entries?.keys() ?? [])]));
    for (const path of all) {
      const entry = head?.get(path);
      const stands = standing.some(entries => entries.get(path) === entry);
      const isTheirs = theirs.some(change => change.has(path) && change.get(path) === entry);
      if (!stands && !isTheirs) paths.add(path);
    }
  }
  return [...paths].toSorted();
}

/** What people themselves changed on the way to a commit that the host has: path -> entry, undefined where gone. */
async function changedThere(push: Push, sha: string, base: string): Promise<Map<string, string | undefined>> {
  const bases = await mergeBases(push, sha, base);
  const [there, ...forks] = await Promise.all([
    workflowsOf(push, sha),
    ...bases.map(fork => workflowsOf(push, fork)),
  ]);
  const all = new Set([there, ...forks].flatMap(entries => [...entries.keys()]));
  const changed = [...all].filter(path => forks.every(fork => fork.get(path) !== there.get(path)));
  return new Map(changed.map(path => [path, there.get(path)]));
}

/** path -> mode, kind and id. */
async function workflowsOf(push: Push, sha: string): Promise<Map<string, string>> {
  const top = await listed(push, ['-z', sha]);
  const entries: [string, string][] = [];
  for (const [path, entry] of top.filter(([path]) => plainName(path) === '.github')) {
    if (entry.split(' ')[1] !== 'tree') entries.push([path, entry]);
    else
      for (const [name, within] of await listed(push, ['-r', '-z', `${sha}:${path}`]))
        entries.push([`${path}/${name}`, within]);
  }
  return new Map(entries.filter(([path]) => isWorkflow(path)));
}

async function listed({ dir, signal }: Push, args: string[]): Promise<[path: string, entry: string][]> {
  const lines = await Array.fromAsync(records(outputOf(dir, ['ls-tree', ...args], { signal }), '\0'));
  return lines.map(line => {
    const tab = line.indexOf('\t');
    return [line.slice(tab + 1), line.slice(0, tab)];
  });
}

async function mergeBases({ dir, signal }: Push, one: string, other: string): Promise<string[]> {
  const found = await git(['merge-base', '--all', one, other], { cwd: dir, signal });
  if (found.ok) return found.stdout.split('\n').filter(Boolean);
  signal.throwIfAborted();
  // Without a word: there is none.
  if (/^Command failed with exit code 1:/.test(found.stderr)) return [];
  throw new Refused('It could not be found out where the work left the base branch.');
}
