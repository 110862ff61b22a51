import { resultOutputBytes } from '../../protocol/limits.ts';
import type { SearchInput } from '../../protocol/tools.ts';
import { repoDir, resolvePath } from '../places.ts';
import { workingDirectory } from '../tool-environment.ts';
import { capture } from './capture.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const defaultLimit = 200;
const maxOutputBytes = 1024 * 1024;
const maxColumns = '300';
const budgetBytes = resultOutputBytes - 256;

export async function search(input: SearchInput, signal: AbortSignal): Promise<ToolAnswer> {
  const place = resolvePath(input.path ?? '.');
  if (!place.ok) return refusal(place.message, 'bad_input');
  const where =
    place.path === repoDir
      ? '.'
      : place.path.startsWith(`${repoDir}/`)
        ? place.path.slice(repoDir.length + 1)
        : place.path;
  const argv: [string, ...string[]] = [
    ...([
      'rg',
      '--line-number',
      '--with-filename',
      '--no-heading',
      '--color=never',
      '--hidden',
      '--no-require-git',
    ] as const),
    ...['--glob', '!.git', '--max-columns', maxColumns, '--max-columns-preview', '--sort=path'],
    ...(input.ignoreCase ? ['--ignore-case'] : []),
    ...(input.glob ? ['--glob', input.glob] : []),
    ...['--regexp', input.pattern, '--', where],
  ];
  const found = await capture(argv, { cwd: workingDirectory(), maxBytes: maxOutputBytes, signal });
  // 1 is no match; 2 is an error, perhaps of one unreadable file only.
  if (found.stdout === '' && found.code !== 0 && found.code !== 1) {
    return refusal(found.stderr.trim().split('\n').at(-1) || 'the search failed', 'bad_input');
  }
  return answer(found.stdout, found.cut, input.limit ?? defaultLimit);
}

function answer(stdout: string, cut: boolean, limit: number): ToolAnswer {
  const lines = stdout.split('\n').map(line => line.replace(/^\.\//, ''));
  lines.pop();
  if (lines.length === 0) return { ok: true, summary: 'no match', output: 'no match' };
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines.slice(0, limit)) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > budgetBytes) break;
    kept.push(line);
  }
  const all = `${lines.length}${cut ? ' or more' : ''}`;
  if (kept.length < lines.length) kept.push(`(${kept.length} of ${all} matching lines; narrow the search)`);
  return {
    ok: true,
    summary: `${all} matching ${lines.length === 1 ? 'line' : 'lines'}`,
    output: kept.join('\n'),
  };
}
