import type { Session, TurnInfo } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import pc from 'picocolors';
import { must } from './must.ts';
import { inLine } from './shown.ts';

export async function turnsOf(client: Client, sessionId: string): Promise<TurnInfo[]> {
  return must(await client.http['turn.list']({ sessionId })).turns;
}

export function describeTurn({ n, at, outcome, snapshot, name, undone, title }: TurnInfo): string {
  const kept = name ?? (snapshot ? 'snapshot' : '-');
  const line = `${String(n).padStart(3)}  ${at.slice(0, 16).replace('T', ' ')}  ${outcome.padEnd(11)}  ${kept.padEnd(8)}  ${inLine(title)}`;
  return undone ? pc.dim(`${line}  (undone)`) : line;
}

/** A new session from a turn, by its number or id; from the last that was not undone where none is named. */
export async function forkAt(
  client: Client,
  sessionId: string,
  { turn, title }: { turn?: string | undefined; title?: string | undefined },
): Promise<Session> {
  const { turnId } = await findTurn(client, sessionId, turn);
  const input = { sessionId, turnId, requestId: newRequestId(), ...(title ? { title } : {}) };
  return must(await client.http['session.fork'](input)).session;
}

export async function rewindTo(client: Client, sessionId: string, turn: string): Promise<TurnInfo> {
  const found = await findTurn(client, sessionId, turn);
  must(await client.http['session.rewind']({ sessionId, turnId: found.turnId }));
  return found;
}

/** Without a name the snapshot may go again when newer ones come. */
export async function nameSnapshot(
  client: Client,
  sessionId: string,
  { turn, name }: { turn: string; name: string | undefined },
): Promise<void> {
  const { turnId } = await findTurn(client, sessionId, turn);
  must(await client.http['snapshot.name']({ sessionId, turnId, name: name ?? null }));
}

export async function findTurn(
  client: Client,
  sessionId: string,
  wanted: string | undefined,
): Promise<TurnInfo> {
  const turns = await turnsOf(client, sessionId);
  const found =
    wanted === undefined
      ? turns.findLast(turn => !turn.undone)
      : turns.find(turn => turn.turnId === wanted || String(turn.n) === wanted);
  if (found) return found;
  if (turns.length === 0) throw new Error('No turn of this session has ended yet.');
  throw new Error(`There is no turn ${wanted}. \`npx deckhand turns ${sessionId}\` lists those there are.`);
}
