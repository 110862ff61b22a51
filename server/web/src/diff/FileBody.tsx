import { limits } from '@deckhand/shared';
import { type Line, linesOf, Patch, type PatchLine, quoteOf } from '@deckhand/shared/ui/diff';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { CommentForm } from './CommentForm.tsx';
import { CommentNote } from './CommentNote.tsx';
import { EditForm } from './EditForm.tsx';
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
  /** Lines can be changed here: what was is asked for again then. Null where they cannot. */
  edits: { sessionId: string; onDone: () => void } | null;
};

const lineHeightPx = 20;

/** The lines of a file, drawn once they come near; what was left out is asked for. */
export function FileBody({ file, split, loadFile, review, base, head, commentNow, edits }: BodyProps) {
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
  const [editing, setEditing] = useState(false);
  const close = () => {
    setPicked(null);
    setEditing(false);
  };
  const first = useMemo(() => firstChanged(lines), [lines]);
  useEffect(() => {
    if (commentNow > 0 && first) setPicked({ side: first.side, from: first.line, to: first.line });
  }, [commentNow, first]);
  const onLine = useCallback((line: Line, more: boolean) => {
    setEditing(false);
    setPicked(before => pickedMore(before, line, more));
  }, []);
  const own = useMemo(
    () => review?.comments.filter(({ comment }) => comment.path === pathOn(file, comment.side)) ?? [],
    [review, file],
  );
  const shown = useMemo(
    // Where other lines stand by now, it is told with the review alone.
    () => own.filter(({ comment }) => sameQuote(quoteOf(lines, comment), comment.quote)),
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
      {review && picked?.side === side && picked.to === line && !editing && (
        <CommentForm
          key={`${picked.side}-${picked.to}`}
          file={file}
          lines={lines}
          picked={picked}
          commit={picked.side === 'before' ? base : head}
          onPick={setPicked}
          onAdd={review.add}
          onEdit={edits && side === 'after' ? () => setEditing(true) : null}
          onClose={close}
        />
      )}
      {edits && editing && picked?.side === side && picked.to === line && (
        <EditForm
          sessionId={edits.sessionId}
          path={file.path}
          picked={picked}
          quote={quoteOf(lines, picked) ?? ''}
          onDone={() => {
            close();
            edits.onDone();
          }}
          onClose={close}
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

/** What is too long is kept only so far. */
const sameQuote = (now: string | null, then: string) => now?.slice(0, limits.commentQuoteChars) === then;

const heightOf = ({ added, removed }: ShownFile) => Math.min(added + removed + 8, 400) * lineHeightPx;

function firstChanged(lines: readonly PatchLine[]): Line | null {
  const line = lines.find(({ sign }) => sign === '+') ?? lines.find(({ sign }) => sign === '-') ?? lines[0];
  if (!line) return null;
  return line.after === null
    ? { side: 'before', line: line.before ?? 1 }
    : { side: 'after', line: line.after };
}
