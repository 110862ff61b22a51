import { git } from '../../platform/git.ts';
import type { Push } from './newCommits.ts';
import { gitlinkMode, type TreeChange } from './treeChanges.ts';

/**
 * Paths at which the commits put a commit of another repository. One that `.gitmodules` knows is a submodule whose own
 * change does not leave from here; any other is a repository inside, of which the content would be lost.
 */
export async function gitlinksIn(
  { dir, head, signal }: Push,
  changes: readonly TreeChange[],
): Promise<{ submodules: TreeChange[]; inner: TreeChange[] }> {
  const links = changes.filter(({ after }) => after.mode === gitlinkMode);
  if (links.length === 0) return { submodules: [], inner: [] };
  const listed = await git(
    ['config', '--blob', `${head}:.gitmodules`, '-z', '--get-regexp', '^submodule[.].*[.]path$'],
    { cwd: dir, signal },
  );
  signal.throwIfAborted();
  const entries = listed.ok ? listed.stdout.split('\0') : [];
  const known = new Set(entries.map(entry => entry.slice(entry.indexOf('\n') + 1)));
  return {
    submodules: links.filter(({ path }) => known.has(path)),
    inner: links.filter(({ path }) => !known.has(path)),
  };
}
