import { failure } from '@deckhand/shared';
import type { RequestHandler } from 'express';
import { declaredBytes } from '../webhooks/boundedBody.ts';
import { answerFailure } from './answers.ts';

/** Refuses a body that is said to be larger, at once: Express would drain it before it said so. */
export const declaredAtMost =
  (bytes: number): RequestHandler =>
  (request, response, next) => {
    if ((declaredBytes(request) ?? 0) <= bytes) return next();
    answerFailure(
      response.set('Connection', 'close'),
      failure('too_large', `A body has at most ${bytes} bytes here.`),
    );
  };
