import { type ChangedFile, type DiffTotals, totalsOf } from '../../index.ts';
import { shownPath } from './patch.ts';

/** Changed files with their counts; long paths keep their end, which tells them apart. */
export function FileList({
  files,
  hrefOf,
  shown = files.length,
  total,
}: {
  files: readonly ChangedFile[];
  hrefOf?: (path: string) => string;
  /** Of more than this many only the number is said. */
  shown?: number;
  /** Of a list that is cut short. */
  total?: DiffTotals | null;
}) {
  const count = totalsOf(files, total).files;
  return (
    <ul className="dh-file-list" aria-label="Changed files">
      {files.slice(0, shown).map(({ path, added, removed }) => {
        const name = (
          <span className="dh-path" title={path}>
            <bdi>{shownPath(path)}</bdi>
          </span>
        );
        return (
          <li key={path} data-testid="changed-file">
            {hrefOf ? <a href={hrefOf(path)}>{name}</a> : name}
            <span className="dh-stat">
              <span className="dh-added">+{added}</span> <span className="dh-removed">−{removed}</span>
            </span>
          </li>
        );
      })}
      {count > Math.min(shown, files.length) && (
        <li className="dh-quiet">and {count - Math.min(shown, files.length)} more</li>
      )}
    </ul>
  );
}
