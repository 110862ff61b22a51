import { type Failure, failure } from '@deckhand/shared';
import { verify } from '@octokit/webhooks-methods';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { type Hint, hintsOf } from '../../changes/hints.ts';
import type { Store } from '../../sessions/store/store.ts';
import { answer, answerFailure } from '../http/answers.ts';

export type WebhookDeps = {
  store: Store;
  /** Null: nobody may say anything here. */
  webhookSecret: string | null;
  /** Does what an event gives reason for; doing it twice does no harm. */
  onHints: (hints: Hint[]) => Promise<void>;
};

/** GitHub itself sends no more. */
const bodyBytes = 25 * 1024 * 1024;
/** GitHub lets people send a delivery again for three days. */
const rememberedSeconds = 3 * 24 * 3600;
const deliveryKey = (id: string) => `dh:github:delivery:${id}`;

/** What GitHub tells, at `/webhooks/github`. */
export function webhookRouter(deps: WebhookDeps): Router {
  const router = Router();
  // The signature is over the bytes as they came.
  const raw = express.raw({ type: () => true, limit: bodyBytes });
  // Who has no secret to know, or does not even claim to know it, makes this server read nothing.
  const claimed: RequestHandler = (request, response, next) => {
    const refused = claimOf(deps, request);
    if (refused) answerFailure(response.set('Connection', 'close'), refused);
    else next();
  };
  router.post('/webhooks/github', claimed, raw, (request, response, next) => {
    void receive(deps, request, response).catch(next);
  });
  return router;
}

function claimOf({ webhookSecret }: WebhookDeps, request: Request): Failure | null {
  if (!webhookSecret) return failure('not_found', 'Set GITHUB_WEBHOOK_SECRET to take webhooks.');
  const claims = /^sha256=[0-9a-f]{64}$/i.test(request.get('x-hub-signature-256') ?? '');
  return claims ? null : failure('unauthorized', 'The signature does not fit.');
}

async function receive(deps: WebhookDeps, request: Request, response: Response): Promise<void> {
  const body = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
  const signature = request.get('x-hub-signature-256');
  const { webhookSecret, store } = deps;
  if (
    !webhookSecret ||
    !body ||
    !signature ||
    !(await verify(webhookSecret, body, signature).catch(() => false))
  )
    return answerFailure(response, failure('unauthorized', 'The signature does not fit.'));
  const payload = parse(body);
  if (payload === undefined) return answerFailure(response, failure('bad_request', 'This is no JSON.'));
  const id = request.get('x-github-delivery');
  if (id && (await store.exists(deliveryKey(id)))) return answer(response, { ok: true }, 202);
  await deps.onHints(hintsOf(request.get('x-github-event') ?? '', payload));
  // Noted last: what broke off is done when it comes again.
  if (id) await store.set(deliveryKey(id), '1', 'EX', rememberedSeconds);
  answer(response, { ok: true }, 202);
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
