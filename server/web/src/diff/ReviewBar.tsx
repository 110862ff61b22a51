import { placeText } from '@deckhand/shared';
import { plural } from '@deckhand/shared/words';
import { useState } from 'react';
import { Drawer } from '../Drawer.tsx';
import { go, sessionPath } from '../router.ts';
import { CommentNote } from './CommentNote.tsx';
import type { Review } from './useReview.ts';

/** What was collected, and the way to send it. */
export function ReviewBar({
  review,
  sessionId,
  isShown,
}: {
  review: Review;
  sessionId: string;
  /** Whether a comment is about the state that is shown. */
  isShown: (comment: Review['comments'][number]['comment']) => boolean;
}) {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const { comments } = review;
  if (comments.length === 0) return null;
  const send = async () => {
    setSending(true);
    const failed = await review.send();
    setSending(false);
    setProblem(failed);
    if (failed === null) go(sessionPath(sessionId));
  };
  return (
    <div className="diff-review" data-testid="review-bar">
      <span>{plural(comments.length, 'comment')} not sent yet</span>
      <button
        type="button"
        className="dh-button dh-button-primary"
        data-testid="finish-review"
        onClick={() => setOpen(true)}
      >
        Finish review
      </button>
      {open && (
        <Drawer label="Review" onClose={() => setOpen(false)}>
          <div className="diff-review-sheet">
            <label className="diff-review-summary">
              Anything else (optional)
              <textarea
                rows={3}
                maxLength={8000}
                value={review.summary}
                placeholder="Please address these comments on the diff."
                data-testid="review-summary"
                onChange={event => review.setSummary(event.target.value)}
              />
            </label>
            {comments.map(each => (
              <CommentNote
                key={each.id}
                each={each}
                review={review}
                place={`${placeText(each.comment)}${isShown(each.comment) ? '' : '. Written on another state of the file; what stood there is sent along.'}`}
              />
            ))}
            {problem && (
              <p className="dh-error" role="alert">
                {problem}
              </p>
            )}
            <div className="diff-form-acts">
              <button type="button" className="dh-button" onClick={review.discard}>
                Discard all
              </button>
              <button
                type="button"
                className="dh-button dh-button-primary"
                disabled={sending}
                data-testid="send-review"
                onClick={() => void send()}
              >
                Send as one prompt
              </button>
            </div>
          </div>
        </Drawer>
      )}
    </div>
  );
}
