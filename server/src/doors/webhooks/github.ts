import { createHmac, timingSafeEqual } from 'node:crypto';
import { failure, type Result } from '@deckhand/shared';
import { type Request, type Response, Router } from 'express';
import { type Hint, hintsOf } from '../../changes/hints.ts';
import type { Store } from '../../sessions/store/store.ts';
import { answer, answerFailure } from '../http/answers.ts';
import { type BodyReader, boundedBodies } from './boundedBody.ts';
import { Forgers } from './forgers.ts';

export type WebhookDeps = {
  store: Store;
  /** Null: nobody may say anything here. */
  webhookSecret: string | null;
  /** Does what an event gives reason for; doing it twice does no harm. */
  onHints: (hints: Hint[]) => Promise<void>;
};

const mib = 1024 * 1024;
/** GitHub itself sends no more than 25 MiB, and seldom more than some 100 KiB. At most 66 MiB are held at once. */
const places = { small: { places: 16, bytes: mib }, large: { places: 2, bytes: 25 * mib } };
/** GitHub lets people send a delivery again for three days. */
const rememberedSeconds = 3 * 24 * 3600;
const deliveryKey = (id: string) => `dh:github:delivery:${id}`;

/** What GitHub tells, at `/webhooks/github`. */
export function webhookRouter(deps: WebhookDeps): Router {
  const router = Router();
  const bodies = boundedBodies(places);
  const forgers = new Forgers();
  router.post('/api/webhooks/github', (request, response, next) => {
    void receive(deps, { bodies, forgers }, request)
      .then(done => {
        if (done.ok) answer(response, done, 202);
        else refuse(response, done);
      })
      .catch(next);
  });
  return router;
}

/** What was not read of the request is not waited for. */
const refuse = (response: Response, reason: Extract<Result, { ok: false }>) =>
  answerFailure(response.set('Connection', 'close'), reason);

const forged = () => failure('unauthorized', 'The signature does not fit.');

async function receive(
  deps: WebhookDeps,
  { bodies, forgers }: { bodies: BodyReader; forgers: Forgers },
  request: Request,
): Promise<Result> {
  const { webhookSecret } = deps;
  if (!webhookSecret) return failure('not_found', 'Set GITHUB_WEBHOOK_SECRET to take webhooks.');
  // Who does not even claim to know the secret makes this server read nothing.
  const [, claimed] = /^sha256=([0-9a-f]{64})$/i.exec(request.get('x-hub-signature-256') ?? '') ?? [];
  if (!claimed) return forged();
  if (await forgers.isOne(request))
    return failure('rate_limited', 'Too much came from there that was signed with another secret.');
  // The signature is over the bytes as they came.
  const hmac = createHmac('sha256', webhookSecret);
  const received = await bodies.read(
    request,
    async body => {
      if (timingSafeEqual(hmac.digest(), Buffer.from(claimed, 'hex'))) return hear(deps, request, body);
      await forgers.forged(request);
      return forged();
    },
    chunk => hmac.update(chunk),
  );
  return received.ok ? received.done : received;
}

/** What GitHub signed. */
async function hear({ store, onHints }: WebhookDeps, request: Request, body: Buffer): Promise<Result> {
  const payload = parse(body.toString('utf8'));
  if (payload === undefined) return failure('bad_request', 'This is no JSON.');
  const id = request.get('x-github-delivery');
  if (id && (await store.exists(deliveryKey(id)))) return { ok: true };
  await onHints(hintsOf(request.get('x-github-event') ?? '', payload));
  // Noted last: what broke off is done when it comes again.
  if (id) await store.set(deliveryKey(id), '1', 'EX', rememberedSeconds);
  return { ok: true };
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
