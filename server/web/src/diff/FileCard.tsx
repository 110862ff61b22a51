import { DiffStat, Icon } from '@deckhand/shared/ui';
import { hidesLetters, shownPath } from '@deckhand/shared/ui/diff';
import { memo, useEffect, useRef, useState } from 'react';
import { fileHash } from '../router.ts';
import { FileBody } from './FileBody.tsx';
import { foldedWhy, isNamed } from './folded.ts';
import type { ShownFile } from './useDiff.ts';
import type { Review } from './useReview.ts';

type CardProps = {
  file: ShownFile;
  split: boolean;
  viewed: boolean;
  onViewed: (file: ShownFile) => void;
  loadFile: (path: string) => Promise<{ patch: string } | { problem: string }>;
  review: Review | null;
  /** Whose lines these are. */
  base: string | null;
  head: string | null;
  edits: { sessionId: string; onDone: () => void } | null;
  /** It is to be commented on, by keyboard: another number each time. */
  commentNow: number;
};

/** One file: its head stays in sight while its lines pass. */
export const FileCard = memo(function FileCard(props: CardProps) {
  const { file, viewed, onViewed } = props;
  const { path, oldPath } = file;
  const why = foldedWhy(file);
  const [open, setOpen] = useState(() => isNamed(path) || (why === null && !viewed));
  // Looked through is out of the way, and named by a link is there.
  const before = useRef(viewed);
  useEffect(() => {
    if (before.current !== viewed) setOpen(!viewed);
    before.current = viewed;
  }, [viewed]);
  useEffect(() => {
    const onHash = () => isNamed(path) && setOpen(true);
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, [path]);
  const { commentNow } = props;
  useEffect(() => {
    if (commentNow > 0) setOpen(true);
  }, [commentNow]);
  return (
    <section
      className="dh-diff-file"
      id={decodeURIComponent(fileHash(path).slice(1))}
      data-testid="diff-file"
      data-path={path}
      aria-label={shownPath(path)}
    >
      <div className="dh-diff-head">
        <button type="button" className="dh-diff-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span className={`dh-turns${open ? ' dh-turns-open' : ''}`}>
            <Icon name="right" />
          </span>
          <span className="dh-diff-path">
            <bdi>{oldPath ? `${shownPath(oldPath)} → ${shownPath(path)}` : shownPath(path)}</bdi>
          </span>
          {file.kind !== 'changed' && <span className="dh-tag">{file.kind}</span>}
          {file.patch !== null && hidesLetters(file.patch) && (
            <span
              className="dh-tag dh-tag-waiting"
              title="It holds letters that are not seen, or turn text round."
            >
              hidden letters
            </span>
          )}
          {!open && why && <span className="dh-quiet diff-why">{why}</span>}
          <DiffStat {...file} />
        </button>
        <a
          className="dh-button dh-button-icon diff-link"
          href={fileHash(path)}
          aria-label="Link to this file"
        >
          <Icon name="link" />
        </a>
        <label className="diff-viewed">
          <input type="checkbox" checked={viewed} data-testid="viewed" onChange={() => onViewed(file)} />
          Viewed
        </label>
      </div>
      {open && <FileBody {...props} />}
    </section>
  );
});
