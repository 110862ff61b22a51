import { isSha } from '../../platform/git.ts';
import { outputOf, records } from '../../platform/gitObjects.ts';
import { Refused } from './limits.ts';
import { type NewCommit, type Push, short } from './newCommits.ts';

/** What stands at a path: kind of file and content. A mode of zeros: nothing. */
export type Entry = { mode: string; sha: string };

/** A path that is in a commit as it is in none of its parents. */
export type TreeChange = { commit: string; path: string; before: Entry[]; after: Entry };

/** A commit of another repository stands there. */
export const gitlinkMode = '160000';
export const isGone = ({ mode }: Entry) => /^0+$/.test(mode);

/** What each new commit changed by itself; of a merge, what it has from none of those that it merged. */
export async function treeChanges(push: Push, commits: readonly NewCommit[]): Promise<TreeChange[]> {
  const { dir, signal, limits } = push;
  const args = ['diff-tree', '--stdin', '--root', '-c', '-r', '-z', '--raw'];
  args.push('--no-abbrev', '--no-renames', '--no-ext-diff', '--ignore-submodules=none');
  const input = commits.map(({ sha }) => `${sha}\n`);
  const changes: TreeChange[] = [];
  let commit = '';
  let entry: Omit<TreeChange, 'path'> | null = null;
  for await (const record of records(outputOf(dir, args, { signal, input }), '\0')) {
    if (entry) {
      changes.push({ ...entry, path: record });
      entry = null;
    } else if (record.startsWith(':')) entry = parse(commit, record);
    else if (isSha(record)) commit = record;
    else throw unreadable(commit);
    if (changes.length > limits.entries)
      throw new Refused(`It changes more than ${limits.entries} files, too many to be looked through.`);
  }
  if (entry) throw unreadable(commit);
  return changes;
}

/** `:modes ids letters`: one mode and id for each parent, then the commit's own. */
function parse(commit: string, record: string): Omit<TreeChange, 'path'> {
  const parents = /^:+/.exec(record)?.[0].length ?? 0;
  const fields = record.slice(parents).split(' ');
  const entries = Array.from({ length: parents + 1 }, (_, n) => ({
    mode: fields[n] ?? '',
    sha: fields[parents + 1 + n] ?? '',
  }));
  const after = entries.pop();
  if (!after || fields.length !== 2 * parents + 3 || ![...entries, after].every(({ sha }) => isSha(sha)))
    throw unreadable(commit);
  return { commit, before: entries, after };
}

const unreadable = (commit: string) => new Refused(`What commit ${short(commit)} changes could not be read.`);
