import { git, isSha } from '../../platform/git.ts';
import { outputOf, readObjects, records, whole } from '../../platform/gitObjects.ts';
import { givenToLfs, namesLfs } from './attributes.ts';
import { type Pointer, pointerBytes, pointerOf } from './pointer.ts';

/** A file of a commit that Git LFS keeps; `blob` is the id of its pointer in git. */
export type LfsFile = Pointer & { path: string; blob: string };
type At = { dir: string; commit: string; signal?: AbortSignal | undefined };

/** More small files than this of one commit are not looked at. */
const mostFiles = 200_000;

/** Files of a commit that stand there as pointers, and that its attributes give to Git LFS. */
export async function pointersAt({ dir, commit, signal = forEver }: At): Promise<LfsFile[]> {
  if (!isSha(commit) || !(await namesLfs({ dir, commit, signal }))) return [];
  const small: { path: string; blob: string }[] = [];
  const listed = outputOf(dir, ['ls-tree', '-r', '-z', '--long', '--end-of-options', commit], { signal });
  for await (const record of records(listed, '\0')) {
    const [, blob, size, path] = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t(.*)$/s.exec(record) ?? [];
    if (blob && path && Number(size) < pointerBytes && small.length < mostFiles) small.push({ path, blob });
  }
  return readPointers({ dir, commit, signal }, small);
}

/** The same of files that no branch of the remote has, in any commit on the way to this one. */
export async function newPointers(
  { dir, commit, signal = forEver }: At,
  hosted: readonly string[] = [],
): Promise<LfsFile[]> {
  if (!isSha(commit) || !(await namesLfs({ dir, commit, signal }))) return [];
  const args = ['--ignore-missing', commit, '--not', '--remotes=origin', ...hosted.filter(isSha), '--'];
  const paths = new Map<string, string>();
  const listed = outputOf(dir, ['rev-list', '--objects', ...args], { signal });
  for await (const line of records(listed, '\n')) {
    const [blob = '', ...path] = line.split(' ');
    if (isSha(blob) && path.length > 0 && paths.size < mostFiles) paths.set(blob, path.join(' '));
  }
  const input = paths.keys().map(blob => `${blob}\n`);
  const small: { path: string; blob: string }[] = [];
  for await (const line of records(outputOf(dir, ['cat-file', '--batch-check'], { signal, input }), '\n')) {
    const [blob = '', type, size] = line.split(' ');
    const path = paths.get(blob);
    if (path && type === 'blob' && Number(size) < pointerBytes) small.push({ path, blob });
  }
  return readPointers({ dir, commit, signal }, small);
}

async function readPointers(
  { dir, commit, signal }: At & { signal: AbortSignal },
  files: readonly { path: string; blob: string }[],
): Promise<LfsFile[]> {
  const given = await givenToLfs(
    { dir, commit, signal },
    files.map(({ path }) => path),
  );
  const theirs = files.filter(({ path }) => given.has(path));
  const pointers = new Map<string, Pointer>();
  for await (const object of readObjects(dir, new Set(theirs.map(({ blob }) => blob)), signal)) {
    const pointer = pointerOf((await whole(object, pointerBytes)).toString('latin1'));
    if (pointer) pointers.set(object.sha, pointer);
  }
  return theirs.flatMap(file => {
    const pointer = pointers.get(file.blob);
    return pointer ? [{ ...file, ...pointer }] : [];
  });
}

/** The text of `.lfsconfig` at a commit that names where its content is; null where none does. */
export async function configuredUrl({ dir, commit }: At): Promise<string | null> {
  const at = ['config', '--blob', `${commit}:.lfsconfig`, '--get'];
  for (const key of ['remote.origin.lfsurl', 'lfs.url']) {
    const named = await git([...at, key], { cwd: dir });
    if (named.ok && named.stdout.trim()) return named.stdout.trim();
  }
  return null;
}

const forEver = new AbortController().signal;
