import type { IncomingMessage, ServerResponse } from 'node:http';
import { appMay, type Caller } from './caller.ts';
import type { Hooks } from './hooks.ts';
import type { PullRecord } from './pulls.ts';
import { sendJson, textOf } from './wire.ts';

type Verdict = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
type LineRemark = {
  id: number;
  number: number;
  by: string;
  body: string;
  path: string;
  line: number;
  reviewId: number;
  inReplyTo?: number;
};
type Comment = { id: number; number: number; by: string; body: string };
type Review = { id: number; number: number; by: string; body: string; state: Verdict; at: string };

/** What people say of pull requests. */
export type Remarks = {
  /** Answers the review's id, and those of its remarks on lines. */
  review(
    number: number,
    by: string,
    said: { state: Verdict; body?: string; lines?: { path: string; line: number; body: string }[] },
  ): Promise<{ id: number; lineIds: number[] }>;
  comment(number: number, by: string, body: string): Promise<number>;
  answerLine(lineId: number, by: string, body: string): Promise<number>;
  /** All that was said on lines and below pull requests, e.g. `deckhand[bot] > 12: Done.` */
  lines: readonly LineRemark[];
  comments: readonly Comment[];
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller): boolean;
};

type World = {
  find: (number: number) => PullRecord;
  tell: (event: string, pull: PullRecord, more: object) => Promise<unknown>;
  user: (login: string) => object;
  hooks: Hooks;
  repositoryOf: (repo: string) => object;
};

const route = /^\/repos\/([^/]+\/[^/]+)\/(pulls|issues)\/(\d+)\/(reviews|comments)(?:\/(\d+)\/replies)?$/;

export function createRemarks({ find, tell, user, hooks, repositoryOf }: World): Remarks {
  const reviews: Review[] = [];
  const lines: LineRemark[] = [];
  const comments: Comment[] = [];
  let lastId = 5000;
  let lastAtMs = Date.now();
  /** GitHub's times are whole seconds; here no two are the same, so that order is what a test says. */
  const now = () => {
    lastAtMs = Math.max(Date.now(), lastAtMs + 1000);
    return new Date(lastAtMs).toISOString();
  };
  const atOf = new Map<number, string>();
  const fresh = () => {
    lastId += 1;
    atOf.set(lastId, now());
    return lastId;
  };
  const urlOf = (number: number, id: number) => `http://github/${find(number).repo}/pull/${number}#${id}`;
  const shownReview = (review: Review) => ({ ...review, user: user(review.by), submitted_at: review.at });
  const shownLine = (line: LineRemark) => ({
    id: line.id,
    user: user(line.by),
    body: line.body,
    path: line.path,
    line: line.line,
    diff_hunk: `@@ -1 +${line.line} @@\n+line ${line.line}`,
    created_at: atOf.get(line.id),
    pull_request_review_id: line.reviewId,
    html_url: urlOf(line.number, line.id),
    ...(line.inReplyTo ? { in_reply_to_id: line.inReplyTo } : {}),
  });
  const shownComment = (comment: Comment) => ({
    id: comment.id,
    user: user(comment.by),
    body: comment.body,
    created_at: atOf.get(comment.id),
    html_url: urlOf(comment.number, comment.id),
  });
  const tellComment = (comment: Comment) => {
    const pull = find(comment.number);
    return hooks.send('issue_comment', {
      action: 'created',
      repository: repositoryOf(pull.repo),
      issue: { number: pull.number, pull_request: { url: pull.title } },
      comment: shownComment(comment),
    });
  };
  const addLine = (line: Omit<LineRemark, 'id'>): LineRemark => {
    const made = { ...line, id: fresh() };
    lines.push(made);
    return made;
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    to: { number: number; lineId: number | null; caller: Caller },
  ) {
    const { body } = JSON.parse(await textOf(request)) as { body: string };
    const by = to.caller?.kind === 'person' ? to.caller.login : 'deckhand[bot]';
    if (to.lineId === null) {
      const comment = { id: fresh(), number: to.number, by, body };
      comments.push(comment);
      return sendJson(response, 201, shownComment(comment));
    }
    const root = lines.find(({ id }) => id === to.lineId);
    if (!root) return sendJson(response, 404, { message: 'Not Found' });
    const made = addLine({
      number: to.number,
      by,
      body,
      path: root.path,
      line: root.line,
      reviewId: root.reviewId,
      inReplyTo: root.id,
    });
    sendJson(response, 201, shownLine(made));
  }

  return {
    lines,
    comments,
    async review(number, by, { state, body = '', lines: said = [] }) {
      const review: Review = { id: fresh(), number, by, body, state, at: now() };
      reviews.push(review);
      const made = said.map(line => addLine({ ...line, number, by, reviewId: review.id }));
      const pull = find(number);
      pull.requested = pull.requested.filter(login => login !== by);
      await tell('pull_request_review', pull, { action: 'submitted', review: shownReview(review) });
      return { id: review.id, lineIds: made.map(({ id }) => id) };
    },
    async comment(number, by, body) {
      const comment = { id: fresh(), number, by, body };
      comments.push(comment);
      await tellComment(comment);
      return comment.id;
    },
    async answerLine(lineId, by, body) {
      const root = lines.find(({ id }) => id === lineId);
      if (!root) throw new Error(`there is no remark ${lineId}`);
      const review: Review = {
        id: fresh(),
        number: root.number,
        by,
        body: '',
        state: 'COMMENTED',
        at: now(),
      };
      reviews.push(review);
      const made = addLine({ ...root, by, body, reviewId: review.id, inReplyTo: lineId });
      await tell('pull_request_review_comment', find(root.number), {
        action: 'created',
        comment: shownLine(made),
      });
      return made.id;
    },
    handle(request, response, caller) {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://github');
      const [, repo = '', kind, number = '', what, replyTo] = route.exec(pathname) ?? [];
      if (!repo) return false;
      const writes = request.method === 'POST';
      const permission = kind === 'issues' ? 'issues' : 'pull_requests';
      if (caller?.kind !== 'person' && !appMay(caller, repo, [permission, writes ? 'write' : 'read'])) {
        sendJson(response, caller === null ? 401 : 403, {
          message: 'Resource not accessible by integration',
        });
        return true;
      }
      if (writes) {
        const lineId = replyTo === undefined ? null : Number(replyTo);
        void answer(request, response, { number: Number(number), lineId, caller });
        return true;
      }
      const page = Number(searchParams.get('page') ?? 1);
      const perPage = Number(searchParams.get('per_page') ?? 30);
      const of = <T extends { number: number }>(all: T[]) =>
        all.filter(each => each.number === Number(number)).slice((page - 1) * perPage, page * perPage);
      if (what === 'reviews') sendJson(response, 200, of(reviews).map(shownReview));
      else if (kind === 'pulls') sendJson(response, 200, of(lines).map(shownLine));
      else sendJson(response, 200, of(comments).map(shownComment));
      return true;
    },
  };
}
