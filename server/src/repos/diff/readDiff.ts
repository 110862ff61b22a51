import { PassThrough, type Readable } from 'node:stream';
import { type DiffFile, type DiffTotals, failure, limits, type Result } from '@deckhand/shared';
import { type GitResult, gitStream, isSha } from '../../platform/git.ts';
import type { BareRepository } from '../bareRepository.ts';
import { type Bounds, cutPatches, type Patch } from './cutPatches.ts';
import { diffFlags, diffTimeoutMs } from './flags.ts';
import { type ListedFile, listedOf } from './listed.ts';

export type Shown = { files: DiffFile[]; total: DiffTotals; diff: string };
type Listed = { files: ListedFile[]; total: DiffTotals };
type Sides = { base: string; head: string };

const mostListBytes = 32 * 1024 * 1024;
const many: Bounds = { eachBytes: limits.diffEachFileBytes, allBytes: limits.diffBytes };
const alone: Bounds = { eachBytes: limits.diffFileBytes, allBytes: limits.diffFileBytes };

/** Which files differ between two commits, and by how many lines: what a session says of its files and what its diff says. */
export async function listChanges(mirror: BareRepository, { base, head }: Sides): Promise<Result<Listed>> {
  if (!isSha(base) || !isSha(head)) return failure('internal', 'The commits of this session are not known.');
  const args = ['diff', '--raw', '--no-abbrev', '--numstat', '-z', ...diffFlags, '--end-of-options'];
  const options = { maxBytes: mostListBytes, timeoutMs: diffTimeoutMs };
  const listed = await mirror.git([...args, base, head, '--'], options);
  return listed.ok ? { ok: true, ...listedOf(listed.stdout) } : notRead(listed);
}

/** What differs between two commits: the list, and the lines as far as they fit. `path`: of this file alone. */
export async function readDiff(
  mirror: BareRepository,
  sides: Sides & { path?: string | undefined },
): Promise<Result<Shown>> {
  const listed = await listChanges(mirror, sides);
  if (!listed.ok) return listed;
  const { path } = sides;
  const wanted = path === undefined ? listed.files : listed.files.filter(file => file.path === path);
  if (path !== undefined && wanted.length === 0)
    return failure('not_found', 'This file is not changed there.');
  const paths = path === undefined ? [] : wanted.flatMap(file => [file.path, file.oldPath ?? []].flat());
  const read = await readPatches(mirror, { ...sides, paths, bounds: path === undefined ? many : alone });
  if (!read.ok) return read;
  const patches = read.patches.values();
  const texts: string[] = [];
  const files = wanted.map(({ parts, ...file }): DiffFile => {
    const those = Array.from({ length: parts }, () => patches.next().value ?? { leftOutBytes: null });
    const left = those.find(patch => 'leftOutBytes' in patch);
    if (left) return { ...file, leftOutBytes: left.leftOutBytes };
    texts.push(...those.map(patch => ('text' in patch ? patch.text : '')));
    return file;
  });
  return { ok: true, files: files.slice(0, limits.diffFiles), total: listed.total, diff: texts.join('') };
}

/** All of it as git takes it again, binary files too. What breaks off does not end like what is whole. */
export function patchStream(mirror: BareRepository, { base, head }: Sides): Readable {
  if (!isSha(base) || !isSha(head)) throw new Error('not the ids of commits');
  const args = ['diff', '--binary', ...diffFlags, '--end-of-options', base, head, '--'];
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(diffTimeoutMs * 4)]);
  const child = gitStream(args, mirror.dir, { signal });
  const sent = new PassThrough();
  sent.on('close', () => left.abort());
  child.stdout.pipe(sent, { end: false });
  void child.then(done => (done.failed ? sent.destroy(new Error('git broke off')) : sent.end()));
  return sent;
}

async function readPatches(
  mirror: BareRepository,
  { base, head, paths, bounds }: Sides & { paths: string[]; bounds: Bounds },
): Promise<Result<{ patches: Patch[] }>> {
  const args = ['--literal-pathspecs', 'diff', ...diffFlags, '--end-of-options', base, head, '--', ...paths];
  const enough = new AbortController();
  const tooLong = AbortSignal.timeout(diffTimeoutMs);
  const child = gitStream(args, mirror.dir, { signal: AbortSignal.any([enough.signal, tooLong]) });
  const patches = await cutPatches(child.stdout as AsyncIterable<Buffer>, bounds).catch(() => null);
  // Where all of it was read, git is over already.
  enough.abort();
  await child;
  // What was cut off in its middle must not look whole.
  return patches === null || tooLong.aborted ? tooLarge() : { ok: true, patches };
}

const tooLarge = () =>
  failure('too_large', 'The diff is too large to be shown. Download it as a patch, or look at single turns.');

function notRead(done: GitResult) {
  if (!done.ok && /maxBuffer|took too long/.test(done.stderr)) return tooLarge();
  return failure('repo_unreachable', 'The diff cannot be read: the mirror lacks its commits.');
}
