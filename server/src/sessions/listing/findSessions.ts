import { setImmediate } from 'node:timers/promises';
import { type SearchHit, SessionState } from '@deckhand/shared';
import { isArchived } from '../transitions.ts';
import type { IndexFile } from './indexFile.ts';
import type { PieceKind } from './pieces.ts';
import { queriesOf, snippetOf } from './words.ts';

/** What narrows a list down; what is absent does not. */
export type Wanted = {
  orgId: string;
  /** Repositories whose sessions the reader may see. */
  repos: ReadonlySet<string | null>;
  /** Whose own sessions they may see besides. */
  theirs: string | null;
  /** Whoever asks, by every name that they write under. */
  reader: readonly string[];
  repo?: string | undefined;
  mine?: boolean | undefined;
  state?: string | undefined;
  archived?: boolean | undefined;
  waiting?: boolean | undefined;
  /** Sessions that wait besides those whose state says so. */
  alsoWaiting?: readonly string[];
  pinned?: { ids: readonly string[]; wanted: boolean } | undefined;
  q?: string | undefined;
  after?: string | undefined;
  limit: number;
};
export type Found = {
  sessionId: string;
  activeAtMs: number;
  activeSeq: number;
  /** Up to where they wrote in it themselves; null where they did not. */
  prompted: number | null;
  hit?: SearchHit;
};
export type FoundPage = { found: Found[]; after: string | null; partial: boolean };

/** Of one search: others get their turn in between, and at the end of it there is what was found by then. */
const searchMs = 400;
const matchesAtOnce = 4_000;

/** Sessions by when they were last active, newest first; `after` names a place in that order that stays where it is. */
export async function findSessions(file: IndexFile, wanted: Wanted): Promise<FoundPage> {
  const queries = wanted.q === undefined ? null : queriesOf(wanted.q);
  const matched = queries && (await matchesOf(file, queries));
  const { where, values } = conditionsOf(wanted);
  const rows = file
    .prepared(
      `SELECT s.id, s.session_id, s.active_ms, s.active_seq,
         (SELECT max(prompted) FROM author WHERE session = s.id AND user_id IN (SELECT value FROM json_each(?))) AS prompted
       FROM session s WHERE ${[...where, ...(matched ? ['s.id IN (SELECT value FROM json_each(?))'] : [])].join(' AND ')}
       ORDER BY s.active_ms DESC, s.session_id DESC LIMIT ?`,
    )
    .all(
      JSON.stringify(wanted.reader),
      ...values,
      ...(matched ? [JSON.stringify([...matched.pieces.keys()])] : []),
      wanted.limit + 1,
    );
  const found = rows.slice(0, wanted.limit).map((row): Found => {
    const piece = matched?.pieces.get(Number(row.id));
    const hit = piece !== undefined && queries ? hitOf(file, queries, piece) : undefined;
    return {
      sessionId: String(row.session_id),
      activeAtMs: Number(row.active_ms),
      activeSeq: Number(row.active_seq),
      prompted: row.prompted === null ? null : Number(row.prompted),
      ...(hit ? { hit } : {}),
    };
  });
  const last = found.at(-1);
  const more = rows.length > wanted.limit && last;
  return {
    found,
    after: more ? `${last.activeAtMs}.${last.sessionId}` : null,
    partial: matched?.partial ?? false,
  };
}

const archivedStates = SessionState.options.filter(isArchived);

function conditionsOf(wanted: Wanted): { where: string[]; values: (string | number)[] } {
  const { orgId, repos, theirs, reader, repo, mine, state, archived, waiting, pinned, after } = wanted;
  const conditions: [string, ...(string | number)[]][] = [['s.org = ?', orgId]];
  const among = 'IN (SELECT value FROM json_each(?))';
  const wrote = `EXISTS (SELECT 1 FROM author WHERE session = s.id AND user_id ${among})`;
  const readable = JSON.stringify([...repos].map(id => id ?? ''));
  conditions.push(
    theirs === null
      ? [`s.repo ${among}`, readable]
      : [`(s.repo ${among} OR ${wrote})`, readable, JSON.stringify([theirs])],
  );
  if (repo !== undefined) conditions.push(['s.repo = ?', repo]);
  if (state !== undefined) conditions.push(['s.state = ?', state]);
  if (mine !== undefined) conditions.push([mine ? wrote : `NOT ${wrote}`, JSON.stringify(reader)]);
  if (archived !== undefined)
    conditions.push([`s.state ${archived ? '' : 'NOT '}${among}`, JSON.stringify(archivedStates)]);
  if (waiting !== undefined)
    conditions.push([
      `${waiting ? '' : 'NOT '}(s.waits = 1 OR s.session_id ${among})`,
      JSON.stringify(wanted.alsoWaiting ?? []),
    ]);
  if (pinned)
    conditions.push([`s.session_id ${pinned.wanted ? '' : 'NOT '}${among}`, JSON.stringify(pinned.ids)]);
  const [, ms, id] = /^(\d{1,15})\.(.+)$/.exec(after ?? '') ?? [];
  if (ms !== undefined && id !== undefined)
    conditions.push(['(s.active_ms, s.session_id) < (?, ?)', Number(ms), id]);
  return {
    where: conditions.map(([sql]) => sql),
    values: conditions.flatMap(([, ...values]) => values),
  };
}

/** Sessions in which every word stands, with the piece that has most of them. */
async function matchesOf(
  file: IndexFile,
  queries: readonly string[],
): Promise<{ pieces: Map<number, number>; partial: boolean }> {
  const beganAtMs = Date.now();
  let partial = false;
  let common: Map<number, number[]> | null = null;
  for (const [n, query] of queries.entries()) {
    // Each word has its share of the time.
    const endsAtMs = beganAtMs + (searchMs * (n + 1)) / queries.length;
    const newest = new Map<number, number>();
    for (let below: number | null = Number.MAX_SAFE_INTEGER; below !== null; ) {
      below = matchPage(file, query, below, newest);
      if (below === null) break;
      if (Date.now() > endsAtMs) {
        partial = true;
        break;
      }
      await setImmediate();
    }
    const before: Map<number, number[]> | null = common;
    common = new Map<number, number[]>();
    for (const [session, piece] of newest)
      if (!before || before.has(session)) common.set(session, [...(before?.get(session) ?? []), piece]);
  }
  const pieces = [...(common ?? [])].map(([session, each]): [number, number] => [session, mostOften(each)]);
  return { pieces: new Map(pieces), partial };
}

/** Newest first; answers below which place to go on, or null at the end. */
function matchPage(
  file: IndexFile,
  query: string,
  below: number,
  newest: Map<number, number>,
): number | null {
  const rows = file
    .prepared(
      `SELECT words.rowid AS piece, piece.session AS session FROM words JOIN piece ON piece.id = words.rowid
       WHERE words MATCH ? AND words.rowid < ? ORDER BY words.rowid DESC LIMIT ${matchesAtOnce}`,
    )
    .all(query, below);
  for (const { piece, session } of rows)
    if (!newest.has(Number(session))) newest.set(Number(session), Number(piece));
  return rows.length === matchesAtOnce ? Number(rows.at(-1)?.piece) : null;
}

function mostOften(pieces: readonly number[]): number {
  const times = (piece: number) => pieces.filter(each => each === piece).length;
  return pieces.reduce((best, piece) => (times(piece) > times(best) ? piece : best));
}

function hitOf(file: IndexFile, queries: readonly string[], piece: number): SearchHit | undefined {
  const row = file
    .prepared('SELECT p.kind, p.seq, w.text FROM piece p JOIN words w ON w.rowid = p.id WHERE p.id = ?')
    .get(piece);
  if (!row) return undefined;
  return { kind: row.kind as PieceKind, seq: Number(row.seq), ...snippetOf(String(row.text), queries) };
}
