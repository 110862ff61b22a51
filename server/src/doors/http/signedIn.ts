import { type CommandName, failure, type Result } from '@deckhand/shared';
import type { RequestHandler, Response } from 'express';
import { admit, type CommandDeps, paceOf, toFailure } from '../../commands/run.ts';
import { type Identity, may } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { answerFailure, identify, unauthorized } from './answers.ts';

export type SignedInDeps = Pick<CommandDeps, 'rates' | 'metrics' | 'log'> & { tokens: Tokens };

/** Who asks; for what comes behind one of the guards below. */
export const whoOf = (response: Response): Identity => response.locals.who as Identity;

/**
 * Lets in who may use this command, at their pace. It stands before whatever reads a body: nobody makes this server
 * hold bytes that it has no reason to take.
 */
export const admitted = (deps: SignedInDeps, name: CommandName): RequestHandler =>
  guard(deps, name, async who => {
    const done = await admit(deps, { who, connectionId: null, door: 'http' }, name);
    if (!done.ok) deps.metrics.commands.inc({ name, door: 'http', code: done.code });
    return done;
  });

/** Lets in who may write, at their pace, with a body of at most `maxBytes`, as many bytes a minute as one person may send. */
export const mayUpload = (deps: SignedInDeps, maxBytes: number): RequestHandler => {
  const tooLarge = failure('too_large', `This is too large: at most ${maxBytes / 1024 / 1024} MiB.`);
  return guard(deps, 'an upload', async (who, declaredBytes) => {
    if (!may(who, 'write')) return unauthorized();
    const rated = await deps.rates.take(paceOf(who), null);
    if (!rated.ok) return rated;
    if (declaredBytes !== null && declaredBytes > maxBytes) return tooLarge;
    // One that does not say how large it is may be as large as it can be.
    return deps.rates.takeBytes(who, declaredBytes ?? maxBytes);
  });
};

/** Lets in who may read, at their pace. */
export const mayRead = (deps: SignedInDeps): RequestHandler =>
  guard(deps, 'a download', who =>
    may(who, 'read') ? deps.rates.take(paceOf(who), null) : Promise.resolve(unauthorized()),
  );

function guard(
  { tokens, log }: SignedInDeps,
  what: string,
  judge: (who: Identity, declaredBytes: number | null) => Promise<Result>,
): RequestHandler {
  return async (request, response, next) => {
    try {
      const who = await identify(tokens, request);
      const length = request.headers['content-length'];
      const done = who ? await judge(who, length === undefined ? null : Number(length)) : unauthorized();
      if (!done.ok) return refuse(response, done);
      response.locals.who = who;
    } catch (error) {
      return refuse(response, toFailure(log, what, error));
    }
    next();
  };
}

/** What was not read of the request is not waited for. */
function refuse(response: Response, reason: Extract<Result, { ok: false }>): void {
  answerFailure(response.set('Connection', 'close'), reason);
}
