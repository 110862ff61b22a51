import { createHash } from 'node:crypto';
import { failure, type Result } from '@deckhand/shared';
import type { GitResult } from '../platform/git.ts';

export type LineCount = {
  files: number;
  filesLookedAt: number;
  lines: number;
  deckhandLines: number;
};

export type CountLinesOptions = {
  git: (args: string[]) => Promise<GitResult>;
  commit: string;
  /** Commits that merges of Deckhand's changes made: a squash keeps no commit of the branch. */
  mergeShas: readonly string[];
  /** Of a repository with more text files this many are looked at, the same ones each time. */
  sampleAbove: number;
  atOnce: number;
  signal: AbortSignal;
};

/** How many lines of a commit were last written by Deckhand, by `git blame` of its text files. */
export async function countLines(options: CountLinesOptions): Promise<Result<LineCount>> {
  const { git, commit, mergeShas, sampleAbove, atOnce, signal } = options;
  const listed = await git(['grep', '-I', '--name-only', '-z', '-e', '', commit]);
  // Without a single line there is nothing to find, and git says so by its exit code alone.
  const files = listed.ok
    ? listed.stdout
        .split('\0')
        .filter(Boolean)
        .map(name => name.slice(commit.length + 1))
    : [];
  const logged = await git(['log', '--format=%H%x00%(trailers:key=Deckhand-Session,valueonly)%x01', commit]);
  if (!logged.ok) return failure('repo_unreachable', logged.stderr);
  const ours = new Set([...mergeShas, ...commitsWithTrailer(logged.stdout)]);
  const sample = files.length > sampleAbove ? sampleOf(files, sampleAbove) : files;
  const count: LineCount = { files: files.length, filesLookedAt: sample.length, lines: 0, deckhandLines: 0 };
  let problem: string | null = null;
  const paths = sample.values();
  const work = async () => {
    for (const path of paths) {
      if (problem !== null || signal.aborted) return;
      const blamed = await git(['blame', '--incremental', commit, '--', path]);
      if (!blamed.ok) problem = blamed.stderr;
      else {
        for (const { sha, lines } of blamedLines(blamed.stdout)) {
          count.lines += lines;
          if (ours.has(sha)) count.deckhandLines += lines;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  signal.throwIfAborted();
  return problem === null ? { ok: true, ...count } : failure('internal', problem);
}

const commitsWithTrailer = (log: string): string[] =>
  log.split('\x01').flatMap(entry => {
    const [sha = '', trailer = ''] = entry.trim().split('\0');
    return trailer.trim() === '' ? [] : [sha];
  });

/** By the hash of their path: as good as chance, and the same each time. */
function sampleOf(files: readonly string[], size: number): string[] {
  const rank = (path: string) => createHash('sha256').update(path).digest('hex');
  return files
    .map(path => ({ path, rank: rank(path) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, size)
    .map(({ path }) => path);
}

/** Each run of lines begins with its commit, two line numbers and how many lines it has. */
function* blamedLines(output: string): Generator<{ sha: string; lines: number }> {
  for (const [, sha = '', lines] of output.matchAll(/^([0-9a-f]{40,64}) \d+ \d+ (\d+)$/gm))
    yield { sha, lines: Number(lines) };
}
