import {
  type CommandName,
  commands,
  errorTable,
  type Failure,
  failure,
  limits,
  type Result,
} from '@deckhand/shared';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { ServiceCommand } from '../../commands/commands.ts';
import { type CommandDeps, runCommand } from '../../commands/run.ts';
import { authenticate } from '../../identity/authenticate.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Tokens } from '../../identity/tokens.ts';

export type ApiDeps = CommandDeps & { tokens: Tokens };

/** Every command of the table that has an HTTP form, under its path. */
export function apiRouter(deps: ApiDeps): Router {
  const router = Router();
  const json = express.json({ limit: limits.httpBodyBytes, type: () => true, strict: false });
  for (const name of Object.keys(commands) as CommandName[]) {
    const { http } = commands[name];
    if (!http) continue;
    const method = http.method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
    const handle = async (request: Request, response: Response) => {
      const result = await callCommand(deps, request, name as ServiceCommand);
      answer(response, result, http.status);
    };
    if (method === 'get' || method === 'delete') router[method](http.path, handle);
    else router[method](http.path, json, handle);
  }
  return router;
}

async function callCommand(deps: ApiDeps, request: Request, name: ServiceCommand): Promise<Result> {
  const who = await identify(deps.tokens, request);
  if (!who) return unauthorized();
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return failure('bad_request', 'The body must be a JSON object.');
  const payload = { ...request.query, ...body, ...request.params };
  return runCommand(deps, { who, connectionId: null, door: 'http' }, name, payload);
}

export function identify(tokens: Tokens, request: Request): Promise<Identity | null> {
  const safe = request.method === 'GET' || request.method === 'HEAD';
  return authenticate(tokens, request, { safe });
}

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

/** What Express itself refuses (malformed JSON, a body that is too large) in the contract's words. */
export function httpErrors(deps: CommandDeps) {
  return (
    error: { type?: string; status?: number },
    request: Request,
    response: Response,
    _: NextFunction,
  ) => {
    if (response.headersSent) return response.destroy();
    if (error.type === 'entity.too.large')
      return answerFailure(response, failure('too_large', 'The request body is too large.'));
    if (error.status && error.status < 500)
      return answerFailure(
        response,
        failure('bad_request', 'The request could not be read: is it valid JSON?'),
      );
    deps.log.error({ err: error, path: request.path }, 'a request failed');
    return answerFailure(
      response,
      failure('internal', 'Something went wrong in the server; its log says more.'),
    );
  };
}
