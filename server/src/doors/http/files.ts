import { failure, idOf, limits } from '@deckhand/shared';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { type AttachmentStore, attachmentTooLarge } from '../../commands/attachments.ts';
import type { SessionFiles } from '../../commands/sessionFiles.ts';
import type { Visible } from '../../commands/visible.ts';
import { answer, answerFailure, sendContent } from './answers.ts';
import { httpCall, mayRead, mayUpload, type SignedInDeps, whoOf } from './signedIn.ts';

const ArtifactPath = z.object({ sessionId: idOf('session'), artifactId: idOf('artifact') });

const AttachmentPath = z.object({ sessionId: idOf('session'), attachmentId: idOf('attachment') });
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export type FileDeps = SignedInDeps & {
  attachments: AttachmentStore;
  files: SessionFiles;
  visible: Visible;
};

/** Binary in and out: attachments of prompts, artifacts of sessions. */
export function fileRouter(deps: FileDeps): Router {
  const router = Router();
  const raw = express.raw({ type: () => true, limit: limits.attachmentBytes });
  router.post('/api/attachments', mayUpload(deps, limits.attachmentBytes), (request, response, next) => {
    raw(request, response, async error => {
      if (error) return answerFailure(response, attachmentTooLarge());
      await upload(deps, request, response).catch(next);
    });
  });
  router.get('/api/sessions/:sessionId/artifacts/:artifactId', mayRead(deps), (request, response) =>
    download(deps, request, response),
  );
  router.get('/api/sessions/:sessionId/attachments/:attachmentId', mayRead(deps), (request, response) =>
    sendAttachment(deps, request, response),
  );
  return router;
}

async function upload(deps: FileDeps, request: Request, response: Response): Promise<void> {
  const name = typeof request.query.name === 'string' ? request.query.name : 'file';
  const content = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (content.length === 0)
    return answerFailure(response, failure('bad_request', 'The attachment is empty.'));
  const who = whoOf(response);
  const mediaType = request.headers['content-type'] ?? '';
  const added = await deps.commands.upload(httpCall(who, request), 'upload.attachment', {}, () =>
    deps.attachments.add({ name, mediaType, content, by: who.userId }),
  );
  answer(response, added, 201);
}

async function download(deps: FileDeps, request: Request, response: Response): Promise<void> {
  const path = ArtifactPath.safeParse(request.params);
  if (!path.success) return answerFailure(response, failure('not_found', 'There is no such artifact.'));
  const found = await deps.files.artifact(whoOf(response), path.data);
  if (!found.ok) return answerFailure(response, found);
  const { name, isPicture, content } = found;
  response.set({
    'Content-Type': isPicture ? 'image/png' : 'text/plain; charset=utf-8',
    'Content-Disposition': `${isPicture ? 'inline' : 'attachment'}; filename="${name.replaceAll(/[^\w.-]/g, '_')}"`,
    'Content-Security-Policy': 'sandbox',
  });
  await sendContent(response, content);
}

/** What came with a prompt of this session. Pictures are shown, by what their bytes are; anything else is only saved. */
async function sendAttachment(deps: FileDeps, request: Request, response: Response): Promise<void> {
  const missing = failure('not_found', 'There is no such attachment.');
  const path = AttachmentPath.safeParse(request.params);
  if (!path.success) return answerFailure(response, missing);
  const { sessionId, attachmentId } = path.data;
  const seen = await deps.visible.session(whoOf(response), sessionId);
  if (!seen.ok) return answerFailure(response, seen);
  const file = await deps.attachments.sentTo(sessionId, attachmentId);
  const content = file ? await deps.attachments.open(attachmentId) : null;
  if (!file || !content) return answerFailure(response, missing);
  const isPicture = pictures.has(file.mediaType);
  response.set({
    'Content-Type': isPicture ? file.mediaType : 'text/plain; charset=utf-8',
    'Content-Disposition': `${isPicture ? 'inline' : 'attachment'}; filename="${file.name.replaceAll(/[^\w.-]/g, '_')}"`,
    'Content-Security-Policy': 'sandbox',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'private, no-store',
  });
  await sendContent(response, content);
}
