import { readObjects, whole } from '../../platform/gitObjects.ts';
import { givenToLfs } from '../../repos/lfs/attributes.ts';
import type { LfsObjects } from '../../repos/lfs/lfsObjects.ts';
import { isPointer, pointerBytes } from '../../repos/lfs/pointer.ts';
import { newPointers } from '../../repos/lfs/pointersIn.ts';
import { Refused } from './limits.ts';
import type { Push } from './newCommits.ts';
import { findSecrets } from './scanText.ts';
import type { SecretScanner } from './secretScanner.ts';
import { gitlinkMode, type TreeChange } from './treeChanges.ts';

/** Files that the head's attributes give to Git LFS, and that are not pointers. */
export async function outsideOfLfs(
  push: Push,
  changes: readonly TreeChange[],
  sizeOf: (change: TreeChange) => number,
): Promise<TreeChange[]> {
  const files = changes.filter(({ after }) => after.mode !== gitlinkMode);
  const given = await givenToLfs(
    { dir: push.dir, commit: push.head, signal: push.signal },
    files.map(({ path }) => path),
  );
  const theirs = files.filter(({ path }) => given.has(path));
  const small = theirs.filter(change => sizeOf(change) < pointerBytes);
  const pointers = new Set<string>();
  for await (const object of readObjects(push.dir, new Set(small.map(({ after }) => after.sha)), push.signal))
    if (isPointer((await whole(object, pointerBytes)).toString('latin1'))) pointers.add(object.sha);
  return theirs.filter(({ after }) => !pointers.has(after.sha));
}

/** Where secrets are in the content that new pointers name, as far as it came out of the sandbox: it leaves with them. */
export async function secretsInLfs(scanner: SecretScanner, push: Push, lfs: LfsObjects): Promise<string[]> {
  const { dir, head, hosted, signal, limits } = push;
  const files = await newPointers({ dir, commit: head, signal }, hosted);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > limits.bytes)
    throw new Refused(
      `It brings ${Math.ceil(bytes / 1024 / 1024)} MiB of files for Git LFS, more than is looked through for secrets at once.`,
    );
  const found: string[] = [];
  for (const file of files) {
    if (!(await lfs.has(file))) continue;
    for (const { line, kind } of await findSecrets(
      scanner,
      { path: file.path, chunks: lfs.read(file) },
      signal,
    ))
      found.push(`${file.path}:${line} (${kind})`);
  }
  return [...new Set(found)];
}
