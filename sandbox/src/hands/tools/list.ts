import { stat } from 'node:fs/promises';
import type { ListInput } from '../../protocol/tools.ts';
import { ignoreFile, shown, shownName } from '../places.ts';
import { capture } from './capture.ts';
import { fileError } from './file-errors.ts';
import { findPath } from './find-path.ts';
import { ignoredBelow } from './left-out.ts';
import { linksBelow } from './links.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const defaultDepth = 2;
const maxListBytes = 32 * 1024 * 1024;
const maxEntries = 600;

/** Files that git does not ignore, as paths; directories at the depth's end with how many files they hold. */
export async function list(
  { path = '.', depth = defaultDepth }: ListInput,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const place = await findPath(path);
  if (!place.ok) return refusal(place.message, 'bad_input');
  const name = shown(place.path);
  try {
    if (!(await stat(place.path)).isDirectory()) return refusal(`${name} is not a directory`);
  } catch (error) {
    return fileError(error, name);
  }
  // ripgrep knows the ignore rules of git also where there is no repository yet.
  const argv = [
    'rg',
    '--files',
    '--hidden',
    '--no-require-git',
    '--null',
    '--no-messages',
    '--ignore-file',
    ignoreFile,
    '--glob',
    '!.git',
  ] as const;
  const [{ stdout, cut }, ignored] = await Promise.all([
    capture([...argv], { cwd: place.path, maxBytes: maxListBytes, signal }),
    ignoredBelow(place.path, signal),
  ]);
  const files = stdout.split('\0');
  // What follows the last separator is nothing, or a name cut short.
  files.pop();
  const links = await linksBelow(place.path, depth, signal);
  const entries = [...fold(files, depth)]
    .map(([entry, count]) => (count === 0 ? shownName(entry) : `${shownName(entry)}/ (${count} files)`))
    .concat(links.map(({ name, target }) => `${shownName(name)} -> ${shownName(target)}`))
    .sort();
  const lines = entries.slice(0, maxEntries);
  if (entries.length > maxEntries)
    lines.push(`(${entries.length - maxEntries} more entries; list a directory below)`);
  if (lines.length === 0) lines.push('(no files)');
  if (ignored) lines.push(`(left out, as git ignores them: ${ignored})`);
  const total = `${files.length}${cut ? '+' : ''} files${links.length > 0 ? `, ${links.length} links` : ''}`;
  return { ok: true, summary: `${name}, ${total}`, output: lines.join('\n') };
}

/** Entry to number of files below it; 0 for a file. */
function fold(files: string[], depth: number): Map<string, number> {
  const entries = new Map<string, number>();
  for (const file of files) {
    const parts = file.split('/');
    if (parts.length <= depth) entries.set(file, 0);
    else {
      const dir = parts.slice(0, depth).join('/');
      entries.set(dir, (entries.get(dir) ?? 0) + 1);
    }
  }
  return entries;
}
