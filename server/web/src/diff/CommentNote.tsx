import { linesText } from '@deckhand/shared';
import { Icon } from '@deckhand/shared/ui';
import type { Review, ReviewComment } from './useReview.ts';

/** A comment that waits to be sent. */
export function CommentNote({
  each: { id, comment },
  review,
  place,
}: {
  each: ReviewComment;
  review: Review;
  /** Where it belongs, if that is not where it stands. */
  place?: string;
}) {
  return (
    <div className="diff-note" data-testid="comment">
      <div className="diff-note-head">
        <span className="dh-quiet">{place ?? `On ${linesText(comment)}, not sent yet`}</span>
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label="Remove this comment"
          data-testid="remove-comment"
          onClick={() => review.remove(id)}
        >
          <Icon name="cross" />
        </button>
      </div>
      <p className="diff-note-text">{comment.text}</p>
    </div>
  );
}
