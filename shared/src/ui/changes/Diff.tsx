import { DiffModeEnum, DiffView, SplitSide } from '@git-diff-view/react';
import { type MouseEvent, memo, type ReactNode, useMemo } from 'react';
import { useMedia } from '../parts/useMedia.ts';
import { linesOf, type Side, shortened } from './patch.ts';

export {
  hidesLetters,
  linesOf,
  type PatchLine,
  quoteOf,
  type Side,
  shownPath,
  splitPatches,
} from './patch.ts';

export type Line = { side: Side; line: number };

type PatchProps = {
  path: string;
  oldPath?: string | undefined;
  patch: string;
  split: boolean;
  /** Below which lines something stands. */
  notes: readonly Line[];
  /** What stands there. */
  noteAt: (line: Line) => ReactNode;
  /** Somebody pressed a line's number; `more`: to take all lines up to it. */
  onLine?: ((line: Line, more: boolean) => void) | undefined;
};

/** The changed lines of one file, with words marked that differ. */
export const Patch = memo(function Patch({ path, oldPath, patch, split, notes, noteAt, onLine }: PatchProps) {
  const dark = useMedia('(prefers-color-scheme: dark)');
  const data = useMemo(
    () => ({
      oldFile: { fileName: oldPath ?? path, fileLang: languageOf(oldPath ?? path) },
      newFile: { fileName: path, fileLang: languageOf(path) },
      hunks: [shortened(patch)],
    }),
    [path, oldPath, patch],
  );
  const extendData = useMemo(() => {
    const those = (side: Side) =>
      Object.fromEntries(notes.flatMap(note => (note.side === side ? [[note.line, { data: true }]] : [])));
    return { oldFile: those('before'), newFile: those('after') };
  }, [notes]);
  if (linesOf(patch).length === 0) return null;
  const onClick = (event: MouseEvent) => {
    const line = onLine && lineAt(event.target as Element);
    if (line) onLine(line, event.shiftKey);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has `c`, and the numbers in the form that opens
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div className={onLine ? 'dh-patch dh-patch-open' : 'dh-patch'} onClick={onClick}>
      <DiffView
        data={data}
        extendData={extendData}
        renderExtendLine={({ lineNumber, side }) =>
          noteAt({ line: lineNumber, side: side === SplitSide.old ? 'before' : 'after' })
        }
        diffViewMode={split ? DiffModeEnum.Split : DiffModeEnum.Unified}
        diffViewTheme={dark ? 'dark' : 'light'}
        diffViewHighlight
        diffViewWrap
        diffViewFontSize={12}
      />
    </div>
  );
});

/** The line whose number was pressed. Where one number stands for both sides it is meant as it is after. */
function lineAt(pressed: Element): Line | null {
  const cell = pressed.closest('.diff-line-num, .diff-line-old-num, .diff-line-new-num');
  if (!cell) return null;
  const number = (name: string) => Number(cell.querySelector(`[${name}]`)?.getAttribute(name)) || null;
  const [after, before, either] = ['data-line-new-num', 'data-line-old-num', 'data-line-num'].map(number);
  if (either) return { line: either, side: cell.getAttribute('data-side') === 'old' ? 'before' : 'after' };
  if (after) return { line: after, side: 'after' };
  return before ? { line: before, side: 'before' } : null;
}

const languageOf = (path: string) => path.slice(path.lastIndexOf('.') + 1).toLowerCase();
