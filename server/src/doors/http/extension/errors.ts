import { failure } from '@deckhand/shared';
import express, { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Metrics } from '../../../platform/metrics.ts';
import { answerFailure } from '../answers.ts';
import { mayRead, type SignedInDeps, whoOf } from '../signedIn.ts';

export type ExtensionErrorDeps = SignedInDeps & { metrics: Metrics; log: Logger };

const Reported = z.object({
  message: z.string().min(1).max(500),
  stack: z.string().max(2000),
  version: z.string().regex(/^[\d.]{1,40}$/),
});

/** Errors of sidebars whose administrator wants to know of them: counted and logged, and kept nowhere else. */
export function extensionErrorRouter(deps: ExtensionErrorDeps): Router {
  const router = Router();
  const json = express.json({ limit: '8kb', type: () => true });
  router.post('/api/extension/errors', mayRead(deps), json, (request, response, next) => {
    take(deps, request, response).catch(next);
  });
  return router;
}

async function take(deps: ExtensionErrorDeps, request: Request, response: Response): Promise<void> {
  const who = whoOf(response);
  const given = Reported.safeParse(request.body);
  if (!given.success)
    return answerFailure(response, failure('bad_request', 'A report is {message, stack, version}.'));
  deps.metrics.sidebarErrors.inc();
  deps.log.warn({ sidebar: given.data, userId: who.userId }, 'a sidebar had an error');
  response.status(204).end();
}
