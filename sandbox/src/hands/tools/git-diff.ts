import type { GitDiffInput } from '../../protocol/tools.ts';
import { shownName } from '../places.ts';
import { workingDirectory } from '../tool-environment.ts';
import { findPath } from './find-path.ts';
import { ownGit } from './own-git.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const maxBytes = 1024 * 1024;
const maxUntracked = 200;
const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty'];

/** What differs from the last commit, staged or not, and the names of files that git does not know yet. */
export async function gitDiff(
  { path = '.', staged }: GitDiffInput,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const place = await findPath(path);
  if (!place.ok) return refusal(place.message, 'bad_input');
  const git = await ownGit({ cwd: workingDirectory(), maxBytes, signal });
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD');
  // Before the first commit there is only the index to compare with.
  const base = staged ? ['--cached'] : head.code === 0 ? ['HEAD'] : [];
  const diff = await git('diff', ...plain, ...base, '--', place.path);
  if (diff.code !== 0 && !diff.cut) return refusal(diff.stderr.trim().split('\n')[0] || 'git diff failed');
  const fresh = staged
    ? undefined
    : await git('ls-files', '-z', '--others', '--exclude-standard', '--', place.path);
  const untracked = fresh?.stdout.split('\0').filter(Boolean) ?? [];
  const files = diff.stdout.match(/^diff --git /gm)?.length ?? 0;
  const parts = [diff.stdout.trimEnd()];
  const named = untracked.slice(0, maxUntracked).map(shownName);
  if (named.length < untracked.length) named.push(`… ${untracked.length - named.length} more`);
  if (named.length > 0) parts.push(`Untracked files:\n${named.join('\n')}`);
  const output = parts.filter(Boolean).join('\n\n');
  if (!output) return { ok: true, summary: 'no changes', output: 'no changes' };
  return { ok: true, summary: `${files} changed, ${untracked.length} untracked files`, output };
}
