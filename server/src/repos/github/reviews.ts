import type { ChangeReviews } from '@deckhand/shared';
import type { Octokit } from '@octokit/core';
import { pages, perPage } from './pages.ts';
import type { Place } from './place.ts';

/** Something that somebody wrote on a pull request. */
export type Remark = {
  /** `review`: a review as a whole; `line`: on a line of the diff, part of a review; `comment`: below the pull request. */
  kind: 'review' | 'line' | 'comment';
  id: number;
  login: string;
  userId: number;
  isBot: boolean;
  body: string;
  /** `line`: the review that it belongs to, and the remark that it answers. */
  reviewId?: number;
  inReplyTo?: number;
  path?: string;
  line?: number | null;
  hunk?: string;
  /** `review`: what it says as a whole. */
  state?: string;
  at: string;
};

const at = ({ owner, name }: Place) => ({ owner, repo: name });

const by = (user: { login: string; id: number | bigint; type: string } | null) => ({
  login: user?.login ?? 'ghost',
  userId: Number(user?.id ?? 0),
  isBot: user === null || user.type === 'Bot',
});

/** Everything said on a pull request, oldest first. */
export async function readRemarks(octokit: Octokit, place: Place, number: number): Promise<Remark[]> {
  const where = { ...at(place), per_page: perPage };
  const [reviews, lines, comments] = await Promise.all([
    pages(async page => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
        ...where,
        pull_number: number,
        page,
      });
      return data;
    }),
    pages(async page => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', {
        ...where,
        pull_number: number,
        page,
      });
      return data;
    }),
    pages(async page => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...where,
        issue_number: number,
        page,
      });
      return data;
    }),
  ]);
  const remarks: Remark[] = [
    ...reviews
      // A review that is not submitted yet is nobody's business.
      .filter(({ submitted_at }) => submitted_at)
      .map(
        (review): Remark => ({
          kind: 'review',
          id: Number(review.id),
          ...by(review.user),
          body: review.body,
          state: review.state,
          at: review.submitted_at ?? '',
        }),
      ),
    ...lines.map(
      (line): Remark => ({
        kind: 'line',
        id: Number(line.id),
        ...by(line.user),
        body: line.body,
        path: line.path,
        line: line.line ?? line.original_line ?? null,
        hunk: line.diff_hunk,
        at: line.created_at,
        ...(line.pull_request_review_id ? { reviewId: Number(line.pull_request_review_id) } : {}),
        ...(line.in_reply_to_id ? { inReplyTo: Number(line.in_reply_to_id) } : {}),
      }),
    ),
    ...comments.map(
      (comment): Remark => ({
        kind: 'comment',
        id: Number(comment.id),
        ...by(comment.user),
        body: comment.body ?? '',
        at: comment.created_at,
      }),
    ),
  ];
  return remarks.toSorted((a, b) => a.at.localeCompare(b.at));
}

/** Each reviewer's last word. A dismissed review is no word any more; a comment does not take a verdict back. */
export function countReviews(remarks: readonly Remark[], author: string, requested: string[]): ChangeReviews {
  const last = new Map<string, string>();
  for (const { kind, login, state } of remarks) {
    if (kind !== 'review' || login === author || !state) continue;
    if (state === 'COMMENTED' && last.has(login)) continue;
    if (state === 'DISMISSED') last.delete(login);
    else last.set(login, state);
  }
  const who = (wanted: string) => [...last].filter(([, state]) => state === wanted).map(([login]) => login);
  return {
    approved: who('APPROVED'),
    changesRequested: who('CHANGES_REQUESTED'),
    commented: who('COMMENTED'),
    requested,
  };
}

/** Answers a remark where it was made: in its thread, or below the pull request. */
export async function answerRemark(
  octokit: Octokit,
  place: Place,
  { number, lineId, body }: { number: number; lineId: number | null; body: string },
): Promise<{ url: string }> {
  if (lineId !== null) {
    const { data } = await octokit.request(
      'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies',
      { ...at(place), pull_number: number, comment_id: lineId, body },
    );
    return { url: data.html_url };
  }
  const { data } = await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...at(place),
    issue_number: number,
    body,
  });
  return { url: data.html_url };
}

/** Whether GitHub lets this person write to the repository: what strangers say is not done. */
export async function mayWrite(octokit: Octokit, place: Place, login: string): Promise<boolean> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
    ...at(place),
    username: login,
  });
  return data.permission === 'admin' || data.permission === 'write';
}
