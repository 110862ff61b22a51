import { createHash } from 'node:crypto';
import { failure, idOf, limits, newId } from '@deckhand/shared';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { authorOf } from '../../identity/identity.ts';
import { artifactKey } from '../../sandboxes/keptOutput.ts';
import { addScreenshot } from '../../sessions/addScreenshot.ts';
import { answerFailure } from './answers.ts';
import type { FileDeps } from './fileDeps.ts';
import { mayUpload, whoOf } from './signedIn.ts';

/** What came before or after a change, of the same element: they are shown together. */
export const screenshotKind = 'screenshot';
const Given = z.object({
  sessionId: idOf('session'),
  name: z.string().regex(/^(before|after)-[A-Za-z0-9_-]{4,60}\.png$/),
});
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

export type ScreenshotDeps = FileDeps & {
  /** A session's change is to be looked at: its pull request shows them too. */
  onScreenshot: (sessionId: string) => Promise<void>;
};

/** Only what begins as a PNG is kept as one, so that it can be shown as a picture and as nothing else. */
export const isPng = (content: Buffer) => content.subarray(0, 8).equals(pngSignature);

export function screenshotRouter(deps: ScreenshotDeps): Router {
  const router = Router();
  const guard = mayUpload(deps, limits.attachmentBytes);
  router.post('/sessions/:sessionId/screenshots', guard, (request, response, next) => {
    express.raw({ type: () => true, limit: limits.attachmentBytes })(request, response, async error => {
      if (error) return answerFailure(response, failure('too_large', 'The picture is too large.'));
      await take(deps, request, response).catch(next);
    });
  });
  return router;
}

async function take(deps: ScreenshotDeps, request: Request, response: Response): Promise<void> {
  const who = whoOf(response);
  const given = Given.safeParse({ ...request.params, name: request.query.name });
  if (!given.success)
    return answerFailure(response, failure('bad_request', 'A screenshot is called before-… or after-….png.'));
  const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!isPng(content)) return answerFailure(response, failure('bad_request', 'A screenshot is a PNG.'));
  const { sessionId, name } = given.data;
  const seen = await deps.sight.session(who, sessionId, { fresh: true });
  if (!seen.ok) return answerFailure(response, seen);
  const artifactId = newId('artifact');
  await deps.blobs.put(artifactKey(artifactId), content);
  const record = {
    artifactId,
    kind: screenshotKind,
    name,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
  const added = await addScreenshot(deps.store, sessionId, { record, actor: authorOf(who).actor });
  if (!added.ok) return answerFailure(response, added);
  // It is kept already: a look that is not asked for now comes by itself.
  await deps.onScreenshot(sessionId).catch(() => {});
  response.status(201).json({ artifactId });
}
