import type { ChangedFile } from '../../index.ts';
import { DiffStat } from '../changes/ChangeCard.tsx';
import { shownPath } from '../changes/patch.ts';
import { useSessionLinks } from '../sessionLinks.ts';
import { plural } from '../words.ts';
import { LineRow } from './LineRow.tsx';

/** So few are named. */
const named = 3;

/** Which files differ now; their names lead to the diff. */
export function FilesRow({
  files,
  count,
  lines,
}: {
  files: readonly ChangedFile[];
  count: number;
  lines: { added: number; removed: number };
}) {
  const { diffUrl, fileUrl } = useSessionLinks();
  const words = `${plural(count, 'file')} changed`;
  return (
    <LineRow icon="git_diff">
      <span className="dh-line-files">
        {diffUrl && count > 0 ? <a href={diffUrl}>{words}</a> : words} <DiffStat {...lines} />
        {fileUrl &&
          count <= named &&
          files.map(({ path }) => (
            <a key={path} className="dh-files-name" href={fileUrl(path)} data-testid="file-link">
              <bdi>{shownPath(path)}</bdi>
            </a>
          ))}
      </span>
    </LineRow>
  );
}
