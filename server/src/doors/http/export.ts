import { pipeline } from 'node:stream/promises';
import { failure } from '@deckhand/shared';
import type { Request, Response } from 'express';
import { type CommandDeps, guarded, parseInput } from '../../commands/run.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Tokens } from '../../identity/tokens.ts';
import { exportSession } from '../../sessions/archive/export.ts';
import type { Store } from '../../sessions/store/store.ts';
import { answerFailure, identify, unauthorized } from './answers.ts';

export type ExportDeps = CommandDeps & { store: Store; tokens: Tokens; sight: Sight };

/** The session as a SQLite file, for whoever may see the session. */
export async function sendExport(deps: ExportDeps, request: Request, response: Response): Promise<void> {
  const who = await identify(deps.tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  let name = '';
  const call = { who, connectionId: null, door: 'http' as const };
  const admitted = await guarded(deps, call, 'session.get', async () => {
    const parsed = parseInput('session.get', request.params);
    if (!parsed.ok) return parsed;
    const seen = await deps.sight.session(who, parsed.input.sessionId, { fresh: true });
    if (seen.ok) name = fileName(seen.meta);
    return seen;
  });
  if (!admitted.ok) return answerFailure(response, admitted);
  const sessionId = String(request.params.sessionId);
  const exported = await exportSession(deps.store, sessionId);
  if (!exported) return answerFailure(response, failure('not_found', `There is no session ${sessionId}.`));
  response.set({
    'Content-Type': 'application/vnd.sqlite3',
    'Content-Length': String(exported.bytes),
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  });
  // Who stops reading half-way has had enough.
  await pipeline(exported.content, response).catch(() => {});
}

/** What the session is about, then its id: `fix-the-failing-test-ses_….sqlite`. */
function fileName({ id, title }: { id: string; title: string }): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-|-$/g, '');
  return `${words === '' ? '' : `${words}-`}${id}.sqlite`;
}
