import { type Request, type Response, Router } from 'express';
import { type Commands, parseInput } from '../../commands/commands.ts';
import type { SessionDiffs } from '../../commands/diffCommands.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { answerFailure, identify, sendContent, unauthorized } from './answers.ts';

export type PatchDeps = { commands: Commands; tokens: Tokens; diffs: SessionDiffs };

/** What a session changed as a patch for `git apply`, for whoever may see the session. */
export function patchRouter(deps: PatchDeps): Router {
  const router = Router();
  router.get('/api/sessions/:sessionId/patch', (request, response) => sendPatch(deps, request, response));
  return router;
}

async function sendPatch(deps: PatchDeps, request: Request, response: Response): Promise<void> {
  const who = await identify(deps.tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  const call = { who, connectionId: null, door: 'http' as const };
  const patch = await deps.commands.guarded(call, 'session.diff', async () => {
    const parsed = parseInput('session.diff', { ...request.query, ...request.params });
    return parsed.ok ? deps.diffs.patch(who, parsed.input) : parsed;
  });
  if (!patch.ok) return answerFailure(response, patch);
  response.set({
    // Text of a repository's, never to be run as a page.
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': `attachment; filename="${patch.name}"`,
    'Cache-Control': 'no-store',
  });
  await sendContent(response, patch.content);
}
