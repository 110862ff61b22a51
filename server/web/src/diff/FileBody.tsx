import { type Line, linesOf, Patch, type PatchLine } from '@deckhand/shared/ui/diff';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { CommentForm } from './CommentForm.tsx';
import { CommentNote } from './CommentNote.tsx';
import { type Picked, pathOn, pickedMore } from './picked.ts';
import type { ShownFile } from './useDiff.ts';
import { useNear } from './useNear.ts';
import type { Review } from './useReview.ts';

type BodyProps = {
  file: ShownFile;
  split: boolean;
  loadFile: (path: string) => Promise<{ patch: string } | { problem: string }>;
  review: Review | null;
  base: string | null;
  head: string | null;
  commentNow: number;
};

const lineHeightPx = 20;

/** The lines of a file, drawn once they come near; what was left out is asked for. */
export function FileBody({ file, split, loadFile, review, base, head, commentNow }: BodyProps) {
  const place = useRef<HTMLDivElement>(null);
  const near = useNear(place);
  const [loaded, setLoaded] = useState<{ patch: string } | { problem: string } | null>(null);
  const missing = file.patch === null;
  useEffect(() => {
    if (missing && near) void loadFile(file.path).then(setLoaded);
  }, [missing, near, file.path, loadFile]);
  const patch = file.patch ?? (loaded && 'patch' in loaded ? loaded.patch : null);
  const lines = useMemo(() => (patch === null ? [] : linesOf(patch)), [patch]);
  const [picked, setPicked] = useState<Picked | null>(null);
  const first = useMemo(() => firstChanged(lines), [lines]);
  useEffect(() => {
    if (commentNow > 0 && first) setPicked({ side: first.side, from: first.line, to: first.line });
  }, [commentNow, first]);
  const onLine = useCallback(
    (line: Line, more: boolean) => setPicked(before => pickedMore(before, line, more)),
    [],
  );
  const own = useMemo(
    () => review?.comments.filter(({ comment }) => comment.path === pathOn(file, comment.side)) ?? [],
    [review, file],
  );
  const shown = useMemo(
    () => own.filter(({ comment }) => lines.some(line => line[comment.side] === comment.to)),
    [own, lines],
  );
  const notes = useMemo(
    () => [
      ...shown.map(({ comment }) => ({ side: comment.side, line: comment.to })),
      ...(picked ? [{ side: picked.side, line: picked.to }] : []),
    ],
    [shown, picked],
  );
  const noteAt = ({ side, line }: Line) => (
    <div className="diff-notes">
      {shown
        .filter(({ comment }) => comment.side === side && comment.to === line)
        .map(each => review && <CommentNote key={each.id} each={each} review={review} />)}
      {review && picked?.side === side && picked.to === line && (
        <CommentForm
          key={`${picked.side}-${picked.to}`}
          file={file}
          lines={lines}
          picked={picked}
          commit={picked.side === 'before' ? base : head}
          onPick={setPicked}
          onAdd={review.add}
          onClose={() => setPicked(null)}
        />
      )}
    </div>
  );
  if (loaded && 'problem' in loaded) return <p className="dh-empty">{loaded.problem}</p>;
  if (!near || patch === null)
    return (
      <div ref={place} style={{ minHeight: missing ? 40 : heightOf(file) }} className="diff-later">
        {missing && <p className="dh-empty">Loading…</p>}
      </div>
    );
  if (lines.length === 0)
    return <p className="dh-empty">{file.binary ? 'A binary file.' : 'No lines changed.'}</p>;
  return (
    <Patch
      path={file.path}
      oldPath={file.oldPath}
      patch={patch}
      split={split}
      notes={notes}
      noteAt={noteAt}
      onLine={review ? onLine : undefined}
    />
  );
}

const heightOf = ({ added, removed }: ShownFile) => Math.min(added + removed + 8, 400) * lineHeightPx;

function firstChanged(lines: readonly PatchLine[]): Line | null {
  const line = lines.find(({ sign }) => sign === '+') ?? lines.find(({ sign }) => sign === '-') ?? lines[0];
  if (!line) return null;
  return line.after === null
    ? { side: 'before', line: line.before ?? 1 }
    : { side: 'after', line: line.after };
}
