import type { CommandName, Result } from '@deckhand/shared';
import type { Request, RequestHandler, Response } from 'express';
import type { Call } from '../../commands/call.ts';
import type { Commands } from '../../commands/commands.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { answerFailure, fromOf, identify, unauthorized } from './answers.ts';

export type SignedInDeps = { commands: Commands; tokens: Tokens };

/** Who asks; for what comes behind one of the guards below. */
export const whoOf = (response: Response): Identity => response.locals.who as Identity;

/** Who asks for something by this request, and from where. */
export const httpCall = (who: Identity, request: Request): Call => ({
  who,
  connectionId: null,
  door: 'http',
  from: fromOf(request),
});

/**
 * Lets in who may use this command, at their pace. It stands before whatever reads a body: nobody makes this server
 * hold bytes that it has no reason to take.
 */
export const admitted = (deps: SignedInDeps, name: CommandName): RequestHandler =>
  guard(deps, name, (who, _, request) => deps.commands.admit(httpCall(who, request), name));

/** Lets in who may write, at their pace, with a body of at most `maxBytes`, as many bytes a minute as one person may send. */
export const mayUpload = (deps: SignedInDeps, maxBytes: number): RequestHandler =>
  guard(deps, 'an upload', (who, bytes, request) =>
    deps.commands.admitUpload(httpCall(who, request), bytes, maxBytes),
  );

/** Lets in who may read, at their pace. */
export const mayRead = (deps: SignedInDeps): RequestHandler =>
  guard(deps, 'a download', who => deps.commands.admitDownload(who));

function guard(
  { tokens, commands }: SignedInDeps,
  what: string,
  judge: (who: Identity, declaredBytes: number | null, request: Request) => Promise<Result>,
): RequestHandler {
  return async (request, response, next) => {
    try {
      const who = await identify(tokens, request);
      if (!who) commands.turnedAway(fromOf(request));
      const length = request.headers['content-length'];
      const done = who
        ? await judge(who, length === undefined ? null : Number(length), request)
        : unauthorized();
      if (!done.ok) return refuse(response, done);
      response.locals.who = who;
    } catch (error) {
      return refuse(response, commands.failureOf(what, error));
    }
    next();
  };
}

/** Who is still sending may do so for as long: they would not read the answer of a connection that was closed. */
const lingerMs = 5_000;

/** What was not read of the request is not waited for: Node lets it go by. */
function refuse(response: Response, reason: Extract<Result, { ok: false }>): void {
  const { req: request } = response;
  answerFailure(response, reason);
  if (request.complete) return;
  const timer = setTimeout(() => request.socket.destroy(), lingerMs).unref();
  request.once('close', () => clearTimeout(timer));
}
