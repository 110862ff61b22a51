import { DiffStat } from '@deckhand/shared/ui';
import { plural } from '@deckhand/shared/words';
import { useCallback, useEffect, useState } from 'react';
import { z } from 'zod';
import { FileCard } from './FileCard.tsx';
import { FileTree } from './FileTree.tsx';
import { pathOn } from './picked.ts';
import { ReviewBar } from './ReviewBar.tsx';
import type { ShownDiff, ShownFile } from './useDiff.ts';
import { useFileKeys } from './useFileKeys.ts';
import { useKept } from './useKept.ts';
import { useReview } from './useReview.ts';
import { useViewed } from './useViewed.ts';

const Split = z.boolean();

/** All files of a diff, with what this person marked and wrote. */
export function DiffFiles({
  diff,
  userId,
  sessionId,
  mayComment,
  wide,
  loadFile,
  edits,
}: {
  diff: ShownDiff;
  userId: string;
  sessionId: string;
  mayComment: boolean;
  wide: boolean;
  loadFile: (path: string) => Promise<{ patch: string } | { problem: string }>;
  edits: { sessionId: string; onDone: () => void } | null;
}) {
  const { files, base, head } = diff;
  const [wantsSplit, setSplit] = useKept(`diff-split.${userId}`, Split, false);
  const split = wide && wantsSplit;
  const viewed = useViewed(userId, sessionId);
  const review = useReview(userId, sessionId);
  const [comment, setComment] = useState({ path: '', n: 0 });
  const { toggle } = viewed;
  const onViewed = useCallback((file: ShownFile) => toggle(file), [toggle]);
  useFileKeys({
    viewed: path => files.filter(file => file.path === path).forEach(onViewed),
    comment: path => setComment(({ n }) => ({ path, n: n + 1 })),
  });
  useEffect(toNamedFile, []);
  const total = diff.total ?? { files: files.length, added: 0, removed: 0 };
  const looked = files.filter(viewed.has).length;
  if (files.length === 0) return <p className="dh-empty">Nothing has changed here.</p>;
  return (
    <div className="diff-layout">
      {wide && files.length > 1 && <FileTree files={files} viewed={viewed} />}
      <div className="diff-files" data-testid="diff">
        <div className="diff-bar">
          <span data-testid="diff-total">
            {plural(total.files, 'file')} changed <DiffStat {...total} />
          </span>
          <span className="dh-quiet" data-testid="viewed-count">
            {looked} of {files.length} viewed
          </span>
          {wide && (
            <button
              type="button"
              className="dh-button"
              aria-pressed={split}
              data-testid="split"
              onClick={() => setSplit(before => !before)}
            >
              Side by side
            </button>
          )}
        </div>
        {total.files > files.length && (
          <p className="dh-quiet">
            The first {files.length} files are listed. Download the patch to see all.
          </p>
        )}
        {files.map(file => (
          <FileCard
            key={`${file.path}\n${file.content}`}
            file={file}
            split={split}
            viewed={viewed.has(file)}
            onViewed={onViewed}
            loadFile={loadFile}
            review={mayComment ? review : null}
            base={base}
            head={head}
            edits={edits}
            commentNow={comment.path === file.path ? comment.n : 0}
          />
        ))}
        {mayComment && (
          <ReviewBar
            review={review}
            sessionId={sessionId}
            isShown={({ path, side, commit }) =>
              commit === (side === 'before' ? base : head) && files.some(file => pathOn(file, side) === path)
            }
          />
        )}
      </div>
    </div>
  );
}

/** Where the page's address names a file, once that is there. */
function toNamedFile(): void {
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
