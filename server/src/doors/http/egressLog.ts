import { type Request, type Response, Router } from 'express';
import { parseInput } from '../../commands/commands.ts';
import { answerFailure, identify, unauthorized } from './answers.ts';
import type { ExportDeps } from './export.ts';

/** What a session's sandboxes reached and were kept from, one JSON object a line, for whoever may see the session. */
export function egressLogRouter(deps: ExportDeps): Router {
  const router = Router();
  router.get('/api/sessions/:sessionId/egress', (request, response) => sendLog(deps, request, response));
  return router;
}

async function sendLog(deps: ExportDeps, request: Request, response: Response): Promise<void> {
  const who = await identify(deps.tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  const call = { who, connectionId: null, door: 'http' as const };
  const log = await deps.commands.guarded(call, 'session.get', async () => {
    const parsed = parseInput('session.get', request.params);
    return parsed.ok ? deps.files.egressLog(who, parsed.input.sessionId) : parsed;
  });
  if (!log.ok) return answerFailure(response, log);
  response
    .set({ 'Content-Type': 'application/x-ndjson; charset=utf-8', 'Cache-Control': 'no-store' })
    .send(log.lines.map(line => `${JSON.stringify(line)}\n`).join(''));
}
