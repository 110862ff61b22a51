/** One file of a diff: `patch` is its part of the whole, headers included. */
export type FileDiff = {
  path: string;
  /** Differs from `path` where the file was renamed. */
  oldPath: string;
  kind: 'added' | 'deleted' | 'changed' | 'binary';
  added: number;
  removed: number;
  patch: string;
};

/** Cuts git's unified diff into its files. What is not a diff gives no files. */
export function splitDiff(diff: string): FileDiff[] {
  return diff
    .split(/^(?=diff --git )/m)
    .filter(part => part.startsWith('diff --git '))
    .map(fileOf);
}

/** Of a file's first line: two paths, as long as a disk lets them be. */
const mostHeaderChars = 10_000;

function fileOf(patch: string): FileDiff {
  const lines = patch.split('\n');
  const firstHunk = lines.findIndex(line => line.startsWith('@@ '));
  const header = firstHunk < 0 ? lines : lines.slice(0, firstHunk);
  const body = firstHunk < 0 ? [] : lines.slice(firstHunk);
  const after = (prefix: string) => header.find(line => line.startsWith(prefix))?.slice(prefix.length);
  const [, fromLine = '', toLine = ''] =
    lines[0]?.slice(0, mostHeaderChars).match(/^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/) ?? [];
  const path = after('rename to ') ?? bare(after('+++ ')) ?? toLine;
  const oldPath = after('rename from ') ?? bare(after('--- ')) ?? fromLine;
  const has = (prefix: string) => after(prefix) !== undefined;
  const kind = has('new file')
    ? 'added'
    : has('deleted file')
      ? 'deleted'
      : has('Binary files') || has('GIT binary')
        ? 'binary'
        : 'changed';
  return {
    path: kind === 'deleted' ? oldPath : path,
    oldPath: kind === 'added' ? path : oldPath,
    kind: has('Binary files') ? 'binary' : kind,
    added: body.filter(line => line.startsWith('+')).length,
    removed: body.filter(line => line.startsWith('-')).length,
    patch,
  };
}

/** A name from a `---` or `+++` line: without its side's prefix, git's quotes and a tab that ends it. */
function bare(name: string | undefined): string | undefined {
  if (name === undefined || name.startsWith('/dev/null')) return undefined;
  return name
    .replace(/\t$/, '')
    .replace(/^"(.*)"$/, '$1')
    .replace(/^[ab]\//, '');
}
