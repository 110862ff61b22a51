import type { DiffFile, DiffTotals } from '@deckhand/shared';
import { isGenerated } from './generated.ts';

const record = /^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([A-Z])\d{0,3}$/;
const counts = /^(\d+|-)\t(\d+|-)\t([\s\S]*)$/;
const kinds = { A: 'added', D: 'deleted', R: 'renamed' } as const;

/** A file as git lists it; `parts`: a file that became a link, or the other way round, is printed as two. */
export type ListedFile = DiffFile & { parts: number };

/** Of `git diff --raw --numstat -z`: first what each file was and is, then how many lines it got and lost. */
export function listedOf(text: string): { files: ListedFile[]; total: DiffTotals } {
  const fields = text.split('\0');
  const files: ListedFile[] = [];
  const total: DiffTotals = { files: 0, added: 0, removed: 0 };
  let at = 0;
  for (; fields[at]?.startsWith(':'); at++) {
    const [, oldMode, newMode, before, after, status = ''] = record.exec(fields[at] ?? '') ?? [];
    const oldPath = fields[++at] ?? '';
    const path = status === 'R' ? (fields[++at] ?? '') : oldPath;
    files.push({
      path,
      ...(status === 'R' ? { oldPath } : {}),
      kind: kinds[status as keyof typeof kinds] ?? 'changed',
      ...{ added: 0, removed: 0, binary: false },
      generated: isGenerated(path),
      content: [oldMode, before, newMode, after].join('-'),
      parts: status === 'T' ? 2 : 1,
    });
  }
  for (const file of files) {
    const [, added = '', removed = '', path] = counts.exec(fields[at++] ?? '') ?? [];
    // Both names of a renamed one follow.
    if (path === '') at += 2;
    file.binary = added === '-';
    file.added = Number(added) || 0;
    file.removed = Number(removed) || 0;
    total.files++;
    total.added += file.added;
    total.removed += file.removed;
  }
  return { files, total };
}
