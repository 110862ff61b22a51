import { failure } from '@deckhand/shared';
import { verify } from '@octokit/webhooks-methods';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { RepoCatalog } from '../repos/catalog.ts';
import { answer, answerFailure } from './api.ts';

export type WebhookDeps = {
  /** Null: nobody may say anything here. */
  webhookSecret: string | null;
  catalog: RepoCatalog;
  /** New commits are on a repository's base branch. */
  onPush: (repoId: string) => Promise<void>;
};

/** GitHub itself sends no more. */
const bodyBytes = 25 * 1024 * 1024;

const Push = z.object({
  ref: z.string(),
  repository: z.object({
    full_name: z.string(),
    default_branch: z.string(),
    html_url: z.string(),
  }),
});

/** What GitHub tells: so far that somebody pushed. */
export function webhookRouter(deps: WebhookDeps): Router {
  const router = Router();
  // The signature is over the bytes as they came.
  const raw = express.raw({ type: () => true, limit: bodyBytes });
  router.post('/webhooks/github', raw, (request, response, next) => {
    void receive(deps, request, response).catch(next);
  });
  return router;
}

async function receive(deps: WebhookDeps, request: Request, response: Response): Promise<void> {
  const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  const signature = request.get('x-hub-signature-256');
  const { webhookSecret } = deps;
  if (!webhookSecret)
    return answerFailure(response, failure('not_found', 'Set GITHUB_WEBHOOK_SECRET to take webhooks.'));
  if (!body || !signature || !(await verify(webhookSecret, body, signature).catch(() => false)))
    return answerFailure(response, failure('unauthorized', 'The signature does not fit.'));
  if (request.get('x-github-event') !== 'push') return answer(response, { ok: true }, 202);
  const push = Push.safeParse(parse(body));
  if (!push.success) return answerFailure(response, failure('bad_request', 'This is no push event.'));
  for (const repoId of reposOf(deps.catalog, push.data)) await deps.onPush(repoId);
  answer(response, { ok: true }, 202);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Repositories of the catalog whose base branch was pushed to. */
function reposOf(catalog: RepoCatalog, { ref, repository }: z.infer<typeof Push>): string[] {
  const { host } = new URL(repository.html_url);
  const pushed = `${host}/${repository.full_name}`.toLowerCase();
  return catalog
    .list()
    .filter(repo => placeOf(repo.url) === pushed)
    .filter(repo => ref === `refs/heads/${repo.baseBranch ?? repository.default_branch}`)
    .map(repo => repo.id);
}

/** `host/owner/name` of a url that git takes: https, ssh:// or git@host:owner/name. */
const placeOf = (url: string): string =>
  url
    .replace(/^\w+:\/\//, '')
    .replace(/^[^@/]+@/, '')
    .replace(/^([^/:]+):(?!\d)/, '$1/')
    .replace(/(\.git)?\/?$/, '')
    .toLowerCase();
