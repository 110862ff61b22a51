import { type BoardEntry, type BoardLine, isExpired, type SessionEvent } from '../index.ts';

export type BoardEvent = Extract<SessionEvent, { type: `board.${string}` }>;

/** Who wrote it: people together, a session's agent, each of its tasks. */
const writerOf = ({ source }: BoardEntry): string =>
  `${source.sessionId ?? ''}|${source.actor.kind === 'user' ? 'people' : (source.taskId ?? 'agent')}`;

/** The board after one more event, oldest first. */
export function foldBoard(board: BoardLine[], event: BoardEvent): BoardLine[] {
  if (event.type !== 'board.written') return board.filter(({ id }) => id !== event.data.entryId);
  const { source, ...entry } = event.data;
  const { seq } = event;
  const written: BoardLine = { ...entry, source: { ...source, seq: source.seq ?? seq }, seq };
  const others = board.filter(
    other => other.id !== written.id && !(other.key === written.key && writerOf(other) === writerOf(written)),
  );
  return [...others, written];
}

/** What a reader may take for true, and what not: two writers say different things of one key, and no person settled it. */
export type Reading<E extends BoardEntry> = { entries: E[]; contradicted: E[][] };

/** Pure: what of these entries counts at this time (epoch milliseconds). What a person wrote settles its key. */
export function readBoard<E extends BoardEntry>(board: readonly E[], nowMs: number): Reading<E> {
  const byKey = Map.groupBy(
    board.filter(entry => !isExpired(entry, nowMs)),
    ({ key }) => key,
  );
  const reading: Reading<E> = { entries: [], contradicted: [] };
  for (const entries of byKey.values()) {
    const settled = entries.filter(({ source }) => source.actor.kind === 'user').at(-1);
    if (settled) reading.entries.push(settled);
    else if (new Set(entries.map(({ value }) => value)).size > 1) reading.contradicted.push(entries);
    else reading.entries.push(...entries.slice(-1));
  }
  return reading;
}
