import { failure, idOf, limits } from '@deckhand/shared';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { SessionFiles } from '../../commands/sessionFiles.ts';
import { answer, answerFailure } from './answers.ts';
import { httpCall, mayUpload, type SignedInDeps, whoOf } from './signedIn.ts';

const Given = z.object({
  sessionId: idOf('session'),
  name: z.string().regex(/^(before|after)-[A-Za-z0-9_-]{4,60}\.png$/),
});

export type ScreenshotDeps = SignedInDeps & { files: SessionFiles };

/** Pictures that a sidebar takes of what a session changes. */
export function screenshotRouter(deps: ScreenshotDeps): Router {
  const router = Router();
  const guard = mayUpload(deps, limits.attachmentBytes);
  router.post('/api/sessions/:sessionId/screenshots', guard, (request, response, next) => {
    express.raw({ type: () => true, limit: limits.attachmentBytes })(request, response, async error => {
      if (error) return answerFailure(response, failure('too_large', 'The picture is too large.'));
      await take(deps, request, response).catch(next);
    });
  });
  return router;
}

async function take(deps: ScreenshotDeps, request: Request, response: Response): Promise<void> {
  const given = Given.safeParse({ ...request.params, name: request.query.name });
  if (!given.success)
    return answerFailure(response, failure('bad_request', 'A screenshot is called before-… or after-….png.'));
  const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const who = whoOf(response);
  const { sessionId } = given.data;
  const added = await deps.commands.upload(httpCall(who, request), 'upload.screenshot', { sessionId }, () =>
    deps.files.addScreenshot(who, { ...given.data, content }),
  );
  answer(response, added, 201);
}
