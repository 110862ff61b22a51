import { DiffModeEnum, DiffView } from '@git-diff-view/react';
import { memo, useMemo, useState } from 'react';
import { totalsOf } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { useMedia } from '../parts/useMedia.ts';
import { plural } from '../words.ts';
import { DiffStat } from './ChangeCard.tsx';
import { FileList } from './FileList.tsx';
import { type FileDiff, splitDiff } from './splitDiff.ts';

/** Past this many changed lines a file starts folded: drawing it would hold up everything else. */
const foldAboveLines = 800;
export const fileAnchor = (path: string) => `file-${path}`;

/** A whole diff in git's unified form: the list of its files, then each file. */
export function Diff({ diff }: { diff: string }) {
  const files = useMemo(() => splitDiff(diff), [diff]);
  const wide = useMedia('(min-width: 1000px)');
  const [split, setSplit] = useState<boolean | null>(null);
  const isSplit = wide && (split ?? false);
  if (files.length === 0) return <p className="dh-empty">Nothing has changed yet.</p>;
  return (
    <div className="dh-diff" data-testid="diff">
      <div className="dh-diff-bar">
        <span>
          {plural(files.length, 'file')} changed <DiffStat {...totalsOf(files)} />
        </span>
        {wide && (
          <button
            type="button"
            className="dh-button"
            aria-pressed={isSplit}
            onClick={() => setSplit(!isSplit)}
          >
            {isSplit ? 'One column' : 'Side by side'}
          </button>
        )}
      </div>
      {files.length > 1 && (
        <div className="dh-diff-files">
          <FileList files={files} hrefOf={path => `#${encodeURIComponent(fileAnchor(path))}`} />
        </div>
      )}
      {files.map(file => (
        <DiffFile key={file.path} file={file} split={isSplit} />
      ))}
    </div>
  );
}

const DiffFile = memo(function DiffFile({ file, split }: { file: FileDiff; split: boolean }) {
  const [open, setOpen] = useState(file.added + file.removed <= foldAboveLines);
  const dark = useMedia('(prefers-color-scheme: dark)');
  const data = useMemo(
    () => ({
      oldFile: { fileName: file.oldPath, fileLang: languageOf(file.oldPath) },
      newFile: { fileName: file.path, fileLang: languageOf(file.path) },
      hunks: file.patch.includes('\n@@ ') ? [file.patch] : [],
    }),
    [file],
  );
  const renamed = file.oldPath !== file.path;
  return (
    <section
      className="dh-diff-file"
      id={fileAnchor(file.path)}
      data-testid="diff-file"
      aria-label={file.path}
    >
      <button type="button" className="dh-diff-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
          <Icon name="right" />
        </span>
        <span className="dh-diff-path">{renamed ? `${file.oldPath} → ${file.path}` : file.path}</span>
        {file.kind !== 'changed' && <span className="dh-tag">{file.kind}</span>}
        <DiffStat {...file} />
      </button>
      {open &&
        (data.hunks.length > 0 ? (
          <DiffView
            data={data}
            diffViewMode={split ? DiffModeEnum.Split : DiffModeEnum.Unified}
            diffViewTheme={dark ? 'dark' : 'light'}
            diffViewHighlight
            diffViewWrap
            diffViewFontSize={12}
          />
        ) : (
          <p className="dh-empty">{file.kind === 'binary' ? 'A binary file.' : 'No lines changed.'}</p>
        ))}
    </section>
  );
});

const languageOf = (path: string) => path.slice(path.lastIndexOf('.') + 1).toLowerCase();
