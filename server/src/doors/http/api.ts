import { type CommandName, commands, failure, limits, type Result } from '@deckhand/shared';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { ServiceCommand } from '../../commands/handlers.ts';
import type { Identity } from '../../identity/identity.ts';
import { answer, answerFailure, fromOf } from './answers.ts';
import { admitted, type SignedInDeps, whoOf } from './signedIn.ts';

/** Every command of the table that has an HTTP form, under its path; other paths below `/api` are nothing. */
export function apiRouter(deps: SignedInDeps): Router {
  const router = Router();
  const json = express.json({ limit: limits.httpBodyBytes, type: () => true, strict: false });
  for (const name of Object.keys(commands) as CommandName[]) {
    const { http } = commands[name];
    if (!http) continue;
    const method = http.method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete';
    const handle = async (request: Request, response: Response) => {
      const result = await callCommand(deps, request, whoOf(response), name as ServiceCommand);
      answer(response, result, http.status);
    };
    const guard = admitted(deps, name);
    const path = `/api${http.path}`;
    if (method === 'get' || method === 'delete') router[method](path, guard, handle);
    else router[method](path, guard, json, handle);
  }
  router.use('/api', (_, response) =>
    answerFailure(response, failure('not_found', 'There is no such endpoint.')),
  );
  return router;
}

async function callCommand(
  deps: SignedInDeps,
  request: Request,
  who: Identity,
  name: ServiceCommand,
): Promise<Result> {
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return failure('bad_request', 'The body must be a JSON object.');
  const payload = { ...request.query, ...body, ...request.params };
  const call = { who, connectionId: null, door: 'http', from: fromOf(request) } as const;
  return deps.commands.runAdmitted(call, name, payload);
}

/** What Express itself refuses (malformed JSON, a body that is too large) in the contract's words. */
export function httpErrors(log: Logger) {
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
    log.error({ err: error, path: request.path }, 'a request failed');
    return answerFailure(
      response,
      failure('internal', 'Something went wrong in the server; its log says more.'),
    );
  };
}
