import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure, type Result } from '@deckhand/shared';
import { type GitOptions, type GitResult, git, gitReason, isRef, isSha } from '../platform/git.ts';
import type { Mirror } from './mirror.ts';
import { dropStaleLock } from './staleLocks.ts';

/** A pack in a file, from this byte to its end, and the commit that is said to be in it. */
export type ClaimedPack = { file: string; packAt: number; bytes: number; sha: string };

const prefix = '.in-';
const forgottenMs = 60 * 60_000;
const trailerBytes = 20;

/**
 * Takes a commit out of a pack that nobody vouches for into a mirror, under a ref. Git unpacks and checks it in a
 * repository of its own that nothing else reads; only what holds goes on from there. The commit must lie in the pack
 * itself: one that the mirror has already may be another session's, and its id alone gives nobody its content.
 */
export async function takeIn(
  mirror: Pick<Mirror, 'dir' | 'git' | 'resolve'>,
  claim: ClaimedPack,
  ref: string,
): Promise<Result> {
  const { sha } = claim;
  if (!isSha(sha) || !isRef(ref)) return refused('its commit has no id of git’s form');
  const parent = dirname(mirror.dir);
  await sweep(parent);
  const dir = await mkdtemp(join(parent, prefix));
  const inside = (args: string[], options: GitOptions = {}) => git(args, { ...options, cwd: dir });
  const objects = join(mirror.dir, 'objects');
  try {
    const made = await inside(['init', '--quiet', '--bare', '--template=', '.']);
    if (!made.ok) return notTaken(made);
    // Links that lead nowhere, in it or in the mirror, are an error of `--strict`.
    const indexed = await inside(
      ['index-pack', '--stdin', '--fix-thin', '--strict', `--max-input-size=${claim.bytes}`],
      {
        stdin: createReadStream(claim.file, { start: claim.packAt }),
        env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: objects },
      },
    );
    if (!indexed.ok) return refused(gitReason(indexed.stderr));
    if (!(await isOwn(dir, claim))) return refused('it does not hold the commit that it names');
    await writeFile(join(dir, 'objects/info/alternates'), `${objects}\n`);
    const kind = await inside(['cat-file', '-t', '--end-of-options', sha]);
    if (!kind.ok || kind.stdout.trim() !== 'commit') return refused('what it names is no commit');
    const named = await inside(['update-ref', 'refs/heads/claimed', sha]);
    if (!named.ok) return notTaken(named);
    await dropStaleLock(join(mirror.dir, `${ref}.lock`));
    const plain = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
    const fetch = () => mirror.git(['fetch', ...plain, dir, `+refs/heads/claimed:${ref}`], { reach: 'file' });
    const first = await fetch();
    // It met the one of a server that was killed, which took in the same.
    const fetched = !first.ok && /cannot lock ref/.test(first.stderr) ? await fetch() : first;
    if (!fetched.ok) return refused(gitReason(fetched.stderr));
    return (await mirror.resolve(ref)) === sha ? { ok: true } : refused('it is not what it was said to be');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Whether the commit was sent: what `--fix-thin` adds from the mirror lies behind all that was. */
async function isOwn(dir: string, { packAt, bytes, sha }: ClaimedPack): Promise<boolean> {
  const folder = join(dir, 'objects/pack');
  const index = (await readdir(folder)).find(name => name.endsWith('.idx'));
  if (!index) return false;
  const shown = await git(['show-index'], { cwd: dir, stdin: createReadStream(join(folder, index)) });
  if (!shown.ok) return false;
  const line = shown.stdout.split('\n').find(entry => entry.split(' ')[1] === sha);
  return line !== undefined && Number(line.split(' ')[0]) < bytes - packAt - trailerBytes;
}

/** What a server left that died in the middle. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!basename(name).startsWith(prefix)) continue;
    const found = await stat(join(parent, name)).catch(() => null);
    if (found && Date.now() - found.mtimeMs > forgottenMs)
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

const refused = (why: string) =>
  failure('sandbox_lost', `The saved work that came out of the sandbox was not taken: ${why}.`);
const notTaken = (done: GitResult) =>
  failure('internal', `The saved work could not be read: ${done.ok ? '' : gitReason(done.stderr)}`);
