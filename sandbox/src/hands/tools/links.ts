import { capture } from './capture.ts';
import { ownGit } from './own-git.ts';

const maxBytes = 4 * 1024 * 1024;

export type LinkEntry = { name: string; target: string };

/** Symbolic links, which ripgrep does not list, without those that git ignores. Whether they lead anywhere is not asked. */
export async function linksBelow(cwd: string, depth: number, signal: AbortSignal): Promise<LinkEntry[]> {
  const argv = ['find', '.', '-mindepth', '1', '-maxdepth', String(depth)] as const;
  const found = await capture(
    [...argv, '-name', '.git', '-prune', '-o', '-type', 'l', '-printf', '%P\\0%l\\0'],
    { cwd, maxBytes, signal },
  );
  const fields = found.stdout.split('\0');
  const links: LinkEntry[] = [];
  for (let at = 0; at + 2 < fields.length; at += 2)
    links.push({ name: fields[at] ?? '', target: fields[at + 1] ?? '' });
  if (links.length === 0) return links;
  const git = await ownGit({ cwd, maxBytes, signal });
  // Answers nothing where there is no repository.
  const ignored = new Set<string>();
  for (let at = 0; at < links.length; at += 500) {
    const names = links.slice(at, at + 500).map(({ name }) => name);
    const listed = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--', ...names];
    const answer = await git('--literal-pathspecs', ...listed);
    for (const name of answer.stdout.split('\0')) ignored.add(name);
  }
  return links.filter(({ name }) => !ignored.has(name));
}
