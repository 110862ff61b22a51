import { pipeline } from 'node:stream/promises';
import { failure, idOf, limits } from '@deckhand/shared';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { attachmentTooLarge } from '../../commands/attachments.ts';
import { artifactKey } from '../../sandboxes/keptOutput.ts';
import { readField } from '../../sessions/archive/hotOrCold.ts';
import { part } from '../../sessions/store/keys.ts';
import { answer, answerFailure } from './answers.ts';
import type { FileDeps } from './fileDeps.ts';
import { screenshotKind } from './screenshots.ts';
import { mayRead, mayUpload, whoOf } from './signedIn.ts';

const ArtifactPath = z.object({ sessionId: idOf('session'), artifactId: idOf('artifact') });

/** Binary in and out: attachments of prompts, artifacts of sessions. */
export function fileRouter(deps: FileDeps): Router {
  const router = Router();
  const raw = express.raw({ type: () => true, limit: limits.attachmentBytes });
  router.post('/attachments', mayUpload(deps, limits.attachmentBytes), (request, response, next) => {
    raw(request, response, async error => {
      if (error) return answerFailure(response, attachmentTooLarge());
      await upload(deps, request, response).catch(next);
    });
  });
  router.get('/sessions/:sessionId/artifacts/:artifactId', mayRead(deps), (request, response) =>
    download(deps, request, response),
  );
  return router;
}

async function upload(deps: FileDeps, request: Request, response: Response): Promise<void> {
  const name = typeof request.query.name === 'string' ? request.query.name : 'file';
  const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (content.length === 0)
    return answerFailure(response, failure('bad_request', 'The attachment is empty.'));
  const added = await deps.attachments.add({
    name,
    mediaType: request.headers['content-type'] ?? '',
    content,
  });
  answer(response, added, 201);
}

async function download(deps: FileDeps, request: Request, response: Response): Promise<void> {
  const who = whoOf(response);
  const path = ArtifactPath.safeParse(request.params);
  if (!path.success) return answerFailure(response, failure('not_found', 'There is no such artifact.'));
  const { sessionId, artifactId } = path.data;
  const seen = await deps.sight.session(who, sessionId);
  if (!seen.ok) return answerFailure(response, seen);
  const known = await readField(deps.store, sessionId, part.artifacts, artifactId);
  const blob = known ? await deps.blobs.get(artifactKey(artifactId)) : null;
  if (!known || !blob) return answerFailure(response, failure('not_found', 'There is no such artifact.'));
  const { name, kind } = JSON.parse(known) as { name: string; kind?: string };
  // What came out of a sandbox is never run as a page of ours; a screenshot was looked at when it came.
  const isPicture = kind === screenshotKind;
  response.set({
    'Content-Type': isPicture ? 'image/png' : 'text/plain; charset=utf-8',
    'Content-Disposition': `${isPicture ? 'inline' : 'attachment'}; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`,
    'Content-Security-Policy': 'sandbox',
  });
  // Who stops reading half-way has had enough.
  await pipeline(blob, response).catch(() => {});
}
