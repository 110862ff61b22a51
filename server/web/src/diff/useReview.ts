import { LineComment } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import { useMemo } from 'react';
import { z } from 'zod';
import { client } from '../client.ts';
import { useKept } from './useKept.ts';

const Draft = z.object({
  comments: z.array(z.object({ id: z.string(), comment: LineComment })),
  summary: z.string(),
  /** Of the prompt that it becomes: sent twice it is one. */
  requestId: z.string(),
});
export type ReviewComment = z.infer<typeof Draft>['comments'][number];
const empty: z.infer<typeof Draft> = { comments: [], summary: '', requestId: '' };
const usualSummary = 'Please address these comments on the diff.';

/** Comments that this person collects on a session's diff, until they are sent as one prompt. */
export function useReview(userId: string, sessionId: string) {
  const [draft, set] = useKept(`review.${userId}.${sessionId}`, Draft, empty);
  return useMemo(
    () => ({
      ...draft,
      add: (comment: LineComment) =>
        set(before => ({
          ...before,
          requestId: newRequestId(),
          comments: [...before.comments, { id: newRequestId(), comment }],
        })),
      edit: (id: string, comment: LineComment) =>
        set(before => ({
          ...before,
          requestId: newRequestId(),
          comments: before.comments.map(each => (each.id === id ? { id, comment } : each)),
        })),
      remove: (id: string) =>
        set(before => ({
          ...before,
          requestId: newRequestId(),
          comments: before.comments.filter(each => each.id !== id),
        })),
      setSummary: (summary: string) => set(before => ({ ...before, summary, requestId: newRequestId() })),
      discard: () => set(() => empty),
      /** Why it was not sent, or null. What was not sent stays. */
      async send(): Promise<string | null> {
        const sent = await client.http['prompt.send']({
          sessionId,
          requestId: draft.requestId || newRequestId(),
          text: draft.summary.trim() || usualSummary,
          comments: draft.comments.map(({ comment }) => comment),
        });
        if (!sent.ok) return sent.message;
        set(() => empty);
        return null;
      },
    }),
    [draft, set, sessionId],
  );
}
export type Review = ReturnType<typeof useReview>;
