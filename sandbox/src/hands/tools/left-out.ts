import { ignoreFile, shownName } from '../places.ts';
import { ownGit } from './own-git.ts';

const maxBytes = 256 * 1024;
const namedAtMost = 5;

/** What git ignores below a directory, in a few words: what is not listed or searched there. Empty where there is none. */
export async function ignoredBelow(cwd: string, signal: AbortSignal): Promise<string> {
  const git = await ownGit({ cwd, maxBytes, signal });
  const found = await git(
    'ls-files',
    '-z',
    '--others',
    '--ignored',
    '--exclude-standard',
    `--exclude-from=${ignoreFile}`,
    '--directory',
    '--',
    '.',
  );
  const names = found.stdout.split('\0');
  // What follows the last separator is nothing, or a name cut short.
  names.pop();
  if (names.length === 0) return '';
  const named = names.slice(0, namedAtMost).map(shownName).join(', ');
  const more = names.length - namedAtMost;
  return more > 0 ? `${named} and ${more}${found.cut ? ' or more' : ''} others` : named;
}
