import { type GitOptions, type GitResult, isSha } from '../platform/git.ts';

type Repository = { git(args: string[], options?: Omit<GitOptions, 'cwd'>): Promise<GitResult> };
type At = { sha: string; path: string };

/** git follows the links of a tree itself, folders that are links among them, and none that leads out of it. */
const follow = '--follow-symlinks';
/** One question is one line. */
const asked = ({ sha, path }: At) => (/[\n\r\0]/.test(path) ? null : `${sha}:${path}\n`);

/** The text of a file, through symbolic links inside its commit; null for what is not there, too long, or no file. */
export async function readThroughLinks(
  repository: Repository,
  { maxBytes, ...at }: At & { maxBytes: number },
): Promise<string | null> {
  const stdin = asked(at);
  if (stdin === null) return null;
  const shown = await repository.git(['cat-file', '--batch', follow], { stdin, maxBytes });
  if (!shown.ok) return null;
  const end = shown.stdout.indexOf('\n');
  const [id, kind] = shown.stdout.slice(0, end).split(' ');
  // Behind the text stands one line end more.
  return isSha(id) && kind === 'blob' ? shown.stdout.slice(end + 1, -1) : null;
}

/** The id of what a path leads to: a link is another one when what it leads to is. */
export async function idThroughLinks(repository: Repository, at: At): Promise<string | null> {
  const stdin = asked(at);
  if (stdin === null) return null;
  const found = await repository.git(['cat-file', '--batch-check=%(objectname)', follow], { stdin });
  const id = found.ok ? found.stdout.trim() : '';
  return isSha(id) ? id : null;
}
