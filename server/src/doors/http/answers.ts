import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorTable, type Failure, failure, type Result } from '@deckhand/shared';
import type { Request, Response } from 'express';
import { authenticate, tokenIdOf } from '../../identity/authenticate.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';

export function identify(tokens: Tokens, request: Request): Promise<Identity | null> {
  const safe = request.method === 'GET' || request.method === 'HEAD';
  return authenticate(tokens, request, { safe });
}

/** Where a request comes from: a proxy's address where one stands before us, since anybody may claim another. */
export const fromOf = (request: Request) => ({
  address: request.socket.remoteAddress,
  token: tokenIdOf(request),
});

export const unauthorized = () =>
  failure(
    'unauthorized',
    'Sign in first: open the link that `npm start` printed, run `npx deckhand link`, or send `Authorization: Bearer <token>`.',
  );

export function answer(response: Response, result: Result, status = 200): void {
  if (result.ok) {
    const { ok: _, ...body } = result;
    response.status(status).json(body);
  } else answerFailure(response, result);
}

export function answerFailure(response: Response, { code, message, retryable }: Failure): void {
  response.status(errorTable[code].status).json({ error: { code, message, retryable } });
}

/** Sends a file. Whoever stops reading half-way, or left before it began, has had enough; nothing stays open for them. */
export async function sendContent(response: Response, content: Readable): Promise<void> {
  try {
    await pipeline(content, response);
  } catch {
  } finally {
    content.destroy();
  }
}
