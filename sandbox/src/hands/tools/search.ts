import { stat } from 'node:fs/promises';
import { resultOutputBytes } from '../../protocol/limits.ts';
import type { SearchInput } from '../../protocol/tools.ts';
import { ignoreFile, repoDir, shownName } from '../places.ts';
import { workingDirectory } from '../tool-environment.ts';
import { capture } from './capture.ts';
import { findPath } from './find-path.ts';
import { ignoredBelow } from './left-out.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const defaultLimit = 200;
const maxOutputBytes = 1024 * 1024;
const maxColumns = '300';
const budgetBytes = resultOutputBytes - 1024;

export async function search(input: SearchInput, signal: AbortSignal): Promise<ToolAnswer> {
  const place = await findPath(input.path ?? '.');
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
      // A name may hold what would end it otherwise.
      '--null',
      '--color=never',
      '--hidden',
      '--no-require-git',
      '--ignore-file',
      ignoreFile,
      // Look-around and references back need the other engine; `$` means a line's end also where that is CRLF.
      '--engine=auto',
      '--crlf',
    ] as const),
    ...(spansLines(input.pattern) ? ['--multiline'] : []),
    ...(input.encoding ? ['--encoding', input.encoding] : []),
    ...['--glob', '!.git', '--max-columns', maxColumns, '--max-columns-preview', '--sort=path'],
    ...(input.ignoreCase ? ['--ignore-case'] : []),
    ...(input.glob ? ['--glob', input.glob] : []),
    ...['--regexp', input.pattern, '--', where],
  ];
  const isFolder = await stat(place.path).then(
    about => about.isDirectory(),
    () => false,
  );
  const [found, ignored] = await Promise.all([
    capture(argv, { cwd: workingDirectory(), maxBytes: maxOutputBytes, signal }),
    isFolder ? ignoredBelow(place.path, signal) : '',
  ]);
  // 1 is no match; 2 is an error, perhaps of one unreadable file only.
  if (found.stdout === '' && found.code !== 0 && found.code !== 1) {
    return noSearch(found.stderr);
  }
  const notes = [ignored && `not searched, as git ignores them: ${ignored}`, unreadable(found.stderr)];
  return answer(linesOf(found.stdout, found.cut), found.cut, {
    limit: input.limit ?? defaultLimit,
    notes: notes.filter(Boolean).map(note => `(${note})`),
  });
}

/** A line end in the pattern, written out or as an escape: without being asked ripgrep looks at single lines. */
const spansLines = (pattern: string) => /\n|(?<!\\)(?:\\\\)*\\[nr]|\(\?[a-rt-z]*s[a-z]*[:)-]/.test(pattern);

/** What ripgrep says over several lines, first in one that stands alone. */
function noSearch(stderr: string): ToolAnswer {
  const said = stderr.trim();
  const why = said.match(/^(?:error|PCRE2): .*$/gm)?.at(-1) ?? said.split('\n')[0] ?? '';
  const summary = `the search cannot be made: ${why.replace(/^(?:error|PCRE2): /, '') || 'ripgrep failed'}`;
  return {
    ...refusal(summary, 'bad_input'),
    output: said.includes('\n') ? `${summary}\n\n${said}` : summary,
  };
}

/** Files that ripgrep could not look into; it says each in a line of its own. */
function unreadable(stderr: string): string {
  const problems = stderr.split('\n').filter(line => line.trim() !== '');
  const first = problems[0]?.replace(/^rg: /, '').slice(0, 200) ?? '';
  const more = problems.length - 1;
  return first && `not searched: ${first}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `path:line:text` of what ripgrep says: path, a null byte, the rest to the line's end. */
function linesOf(stdout: string, cut: boolean): string[] {
  const lines: string[] = [];
  for (let at = 0; at < stdout.length; ) {
    const mark = stdout.indexOf('\0', at);
    const end = mark === -1 ? -1 : stdout.indexOf('\n', mark);
    if (mark === -1 || (end === -1 && cut)) break;
    const path = shownName(stdout.slice(at, mark).replace(/^\.\//, ''));
    const rest = stdout.slice(mark + 1, end === -1 ? undefined : end).replace(/\r$/, '');
    lines.push(`${path}:${rest}`);
    if (end === -1) break;
    at = end + 1;
  }
  return lines;
}

type Asked = { limit: number; notes: string[] };

function answer(lines: string[], cut: boolean, { limit, notes }: Asked): ToolAnswer {
  if (lines.length === 0) return { ok: true, summary: 'no match', output: ['no match', ...notes].join('\n') };
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
    output: [...kept, ...notes].join('\n'),
  };
}
