import { stringify } from 'csv-stringify/sync';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { type Commands, parseInput } from '../../commands/commands.ts';
import type { StatsTables } from '../../commands/statsCommands.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { ChangeRow } from '../../stats/stats.ts';
import { answerFailure, identify, unauthorized } from './answers.ts';

export type StatsDeps = { commands: Commands; tokens: Tokens; statsTables: StatsTables };

/** `use`: by group over time. `changes`: one row each. */
const Table = z.enum(['use', 'changes']).catch('use');

/** The tables of the statistics as CSV, for whoever may see them; `?table=` and the query of `stats`. */
export function statsRouter(deps: StatsDeps): Router {
  const router = Router();
  router.get('/api/stats.csv', (request, response, next) => {
    send(deps, request, response).catch(next);
  });
  return router;
}

async function send(deps: StatsDeps, request: Request, response: Response): Promise<void> {
  const { tokens, commands, statsTables } = deps;
  const who = await identify(tokens, request);
  if (!who) return answerFailure(response, unauthorized());
  const table = Table.parse(request.query.table);
  const call = { who, connectionId: null, door: 'http' as const };
  const made = await commands.guarded<{ csv: string }>(call, 'stats', async () => {
    const parsed = parseInput('stats', request.query);
    if (!parsed.ok) return parsed;
    if (table === 'changes') {
      const asked = await statsTables.changes(who, parsed.input);
      return asked.ok ? { ok: true, csv: changesCsv(asked.rows) } : asked;
    }
    const asked = await statsTables.use(who, parsed.input);
    return asked.ok ? { ok: true, csv: overTimeCsv(asked.rows) } : asked;
  });
  if (!made.ok) return answerFailure(response, made);
  response
    .set({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="deckhand-${table}.csv"`,
      'Cache-Control': 'no-store',
    })
    .send(made.csv);
}

/** A cell that a spreadsheet would take for a formula is not run there. */
const options = { header: true, escape_formulas: true, record_delimiter: 'windows' } as const;

const useColumns = [
  ...['at', 'group', 'prompts', 'people', 'sessions', 'landed', 'taken', 'turns', 'merged'],
  ...['tokens', 'costUsd'],
];

const overTimeCsv = (rows: readonly object[]) => stringify([...rows], { ...options, columns: useColumns });

const changesCsv = (rows: readonly ChangeRow[]) =>
  stringify(
    rows.map(({ author, lines, revisions, approvedBy, refusedBy, ...change }) => ({
      ...change,
      author: author.name,
      added: lines?.added,
      removed: lines?.removed,
      revisions: revisions.length,
      approvedBy: approvedBy.join(' '),
      changesRequestedBy: refusedBy.join(' '),
    })),
    { ...options, columns: changeColumns },
  );

const changeColumns = [
  ...['sessionId', 'repo', 'changeId', 'number', 'url', 'branch', 'author'],
  ...['openedAt', 'mergedAt', 'closedAt', 'revisions', 'approvedBy', 'changesRequestedBy'],
  ...['added', 'removed'],
];
