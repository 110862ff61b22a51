import { type Request, type Response, Router } from 'express';
import { type Commands, parseInput } from '../../commands/commands.ts';
import type { SessionFiles } from '../../commands/sessionFiles.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { answerFailure, identify, sendContent, unauthorized } from './answers.ts';

export type ExportDeps = { commands: Commands; tokens: Tokens; files: SessionFiles };

/** The session as a SQLite file, for whoever may see the session. */
export function exportRouter(deps: ExportDeps): Router {
  const router = Router();
  router.get('/api/sessions/:sessionId/export', (request, response) => sendExport(deps, request, response));
  return router;
}

async function sendExport(deps: ExportDeps, request: Request, response: Response): Promise<void> {
  const who = await identify(deps.tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  const call = { who, connectionId: null, door: 'http' as const };
  const exported = await deps.commands.guarded(call, 'session.get', async () => {
    const parsed = parseInput('session.get', request.params);
    return parsed.ok ? deps.files.export(who, parsed.input.sessionId) : parsed;
  });
  if (!exported.ok) return answerFailure(response, exported);
  response.set({
    'Content-Type': 'application/vnd.sqlite3',
    'Content-Length': String(exported.bytes),
    'Content-Disposition': `attachment; filename="${exported.name}"`,
    'Cache-Control': 'no-store',
  });
  await sendContent(response, exported.content);
}
