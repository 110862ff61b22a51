import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../../platform/git.ts';
import { Unreadable } from '../../platform/gitObjects.ts';

/** Those of these paths that the attributes of a commit give to Git LFS. Throws Unreadable where git does not tell. */
export async function givenToLfs(
  { dir, commit, signal }: { dir: string; commit: string; signal?: AbortSignal | undefined },
  paths: readonly string[],
): Promise<Set<string>> {
  if (paths.length === 0 || !(await namesLfs({ dir, commit, signal }))) return new Set();
  // Attributes of a commit are read through an index: this one is nobody else's.
  const index = join(tmpdir(), `deckhand-attributes-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    const read = await git(['read-tree', commit], { cwd: dir, env, signal });
    const asked = await git(['check-attr', '--cached', '-z', '--stdin', 'filter'], {
      cwd: dir,
      env,
      signal,
      stdin: paths.map(path => `${path}\0`).join(''),
    });
    signal?.throwIfAborted();
    if (!read.ok || !asked.ok) throw new Unreadable('git did not tell which files Git LFS keeps');
    const fields = asked.stdout.split('\0');
    return new Set(fields.filter((_, at) => at % 3 === 0 && fields[at + 2] === 'lfs'));
  } finally {
    await rm(index, { force: true });
  }
}

/** Whether any attributes of a commit speak of Git LFS. */
export async function namesLfs({
  dir,
  commit,
  signal,
}: {
  dir: string;
  commit: string;
  signal?: AbortSignal | undefined;
}): Promise<boolean> {
  const at = ['--', '.gitattributes', '**/.gitattributes'];
  const named = ['grep', '--quiet', '--fixed-strings', 'filter=lfs', commit, ...at];
  return (await git(named, { cwd: dir, signal })).ok;
}
