import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Envelope } from '@deckhand/shared';
import { indexedOf, type Piece } from './pieces.ts';
import { searchable } from './words.ts';

/** Raised when what is kept changes its meaning: files of before are made anew. */
const version = 1;

const schema = `
CREATE TABLE IF NOT EXISTS session (
  -- Never given twice: what was read for a session that was erased meanwhile finds no row.
  id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL UNIQUE, org TEXT NOT NULL, repo TEXT NOT NULL,
  state TEXT NOT NULL, waits INTEGER NOT NULL, rewrites INTEGER NOT NULL, last INTEGER NOT NULL,
  indexed INTEGER NOT NULL, active_ms INTEGER NOT NULL, active_seq INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS session_order ON session (org, active_ms DESC, session_id DESC);
CREATE INDEX IF NOT EXISTS session_repo ON session (org, repo);
CREATE TABLE IF NOT EXISTS author (
  user_id TEXT NOT NULL, session INTEGER NOT NULL, prompted INTEGER NOT NULL, PRIMARY KEY (user_id, session)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS author_session ON author (session);
CREATE TABLE IF NOT EXISTS piece (
  id INTEGER PRIMARY KEY, session INTEGER NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, seq INTEGER NOT NULL,
  UNIQUE (session, key)
);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
`;
const tables = ['session', 'author', 'piece', 'words'];

/** What lists must know of a session; its log says the rest. */
export type Row = {
  sessionId: string;
  orgId: string;
  title: string;
  repo: string | null;
  state: string;
  waits: boolean;
  authors: readonly string[];
  updatedAtMs: number;
  last: number;
  /** How often its log was rewritten, because somebody was erased from it. */
  rewrites: number;
};

/** How far a session's log is read. `id` of this very copy of it. */
export type Place = { id: number; indexed: number; last: number };

/**
 * What this server knows of sessions to list and search them, in a file of its own. Everything in it can be had again from
 * Redis and archives: who deletes it loses time.
 */
export class IndexFile {
  #db: DatabaseSync;
  #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    try {
      this.#db = open(path);
    } catch {
      // It is worth nothing that is not elsewhere.
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
      this.#db = open(path);
    }
  }

  close(): void {
    this.#db.close();
  }

  prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  sessionIds(): string[] {
    return this.prepared('SELECT session_id FROM session')
      .all()
      .map(row => String(row.session_id));
  }

  repos(orgId: string): string[] {
    return this.prepared("SELECT DISTINCT repo FROM session WHERE org = ? AND repo <> ''")
      .all(orgId)
      .map(row => String(row.repo));
  }

  place(sessionId: string): Place | null {
    const row = this.prepared('SELECT id, indexed, last FROM session WHERE session_id = ?').get(sessionId);
    return row ? { id: Number(row.id), indexed: Number(row.indexed), last: Number(row.last) } : null;
  }

  /** Answers whether something that was there had to be forgotten for it. */
  put(rows: readonly Row[]): boolean {
    return this.#transaction(() => {
      let forgot = false;
      for (const row of rows) {
        const known = this.prepared(
          'SELECT id, rewrites, last, indexed FROM session WHERE session_id = ?',
        ).get(row.sessionId);
        // A log that is shorter than what was read of it is another one: Redis came back without its last writes.
        const isOther =
          known && (Number(known.rewrites) !== row.rewrites || Number(known.indexed) > row.last);
        if (isOther) forgot = this.#forget(row.sessionId) || forgot;
        this.#put(row);
      }
      return forgot;
    });
  }

  /** The next events of a log, unless somebody else read them meanwhile. */
  apply(sessionId: string, { id, indexed }: Place, events: readonly Envelope[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#transaction(() => {
      const now = this.place(sessionId);
      if (now?.id !== id || now.indexed !== indexed) return;
      let active: Envelope | null = null;
      for (const event of events) {
        const { piece, promptedBy, active: isActive } = indexedOf(event);
        if (isActive) active = event;
        if (piece) this.#putPiece(id, piece);
        if (promptedBy !== undefined) this.#putAuthor(id, promptedBy, event.seq);
      }
      this.prepared('UPDATE session SET indexed = ?1, last = max(last, ?1) WHERE id = ?2').run(last.seq, id);
      if (active)
        this.prepared('UPDATE session SET active_ms = ?, active_seq = ? WHERE id = ?').run(
          Date.parse(active.at),
          active.seq,
          id,
        );
    });
  }

  /** For good: also what lies in pages that are free by now, and in the log of writes. */
  erase(sessionIds: readonly string[]): void {
    this.#transaction(() => {
      for (const sessionId of sessionIds) this.#forget(sessionId);
    });
    this.scrub();
  }

  scrub(): void {
    this.#db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #put({ sessionId, orgId, title, repo, state, waits, authors, updatedAtMs, last, rewrites }: Row): void {
    this.prepared(
      `INSERT INTO session (session_id, org, repo, state, waits, rewrites, last, indexed, active_ms, active_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0)
       ON CONFLICT (session_id) DO UPDATE SET repo = excluded.repo, state = excluded.state, waits = excluded.waits,
         last = excluded.last, active_ms = CASE WHEN indexed = 0 THEN excluded.active_ms ELSE active_ms END`,
    ).run(sessionId, orgId, repo ?? '', state, waits ? 1 : 0, rewrites, last, updatedAtMs);
    const id = this.place(sessionId)?.id ?? 0;
    for (const userId of authors) this.#putAuthor(id, userId, 0);
    this.#putPiece(id, { key: 'title', kind: 'title', seq: 0, text: title });
  }

  #putAuthor(id: number, userId: string, prompted: number): void {
    this.prepared(
      `INSERT INTO author (user_id, session, prompted) VALUES (?, ?, ?)
       ON CONFLICT (user_id, session) DO UPDATE SET prompted = max(prompted, excluded.prompted)`,
    ).run(userId, id, prompted);
  }

  #putPiece(id: number, { key, kind, seq, text: given }: Piece): void {
    const text = searchable(given);
    const known = this.prepared(
      'SELECT p.id, w.text FROM piece p JOIN words w ON w.rowid = p.id WHERE p.session = ? AND p.key = ?',
    ).get(id, key);
    if (known?.text === text) return;
    if (known) {
      this.prepared('DELETE FROM words WHERE rowid = ?').run(Number(known.id));
      this.prepared('DELETE FROM piece WHERE id = ?').run(Number(known.id));
    }
    if (text === '') return;
    const made = this.prepared('INSERT INTO piece (session, key, kind, seq) VALUES (?, ?, ?, ?)').run(
      ...([id, key, kind, seq] as const),
    );
    this.prepared('INSERT INTO words (rowid, text) VALUES (?, ?)').run(made.lastInsertRowid, text);
  }

  #forget(sessionId: string): boolean {
    const id = this.place(sessionId)?.id;
    if (id === undefined) return false;
    this.prepared('DELETE FROM words WHERE rowid IN (SELECT id FROM piece WHERE session = ?)').run(id);
    for (const table of ['piece', 'author']) this.prepared(`DELETE FROM ${table} WHERE session = ?`).run(id);
    this.prepared('DELETE FROM session WHERE id = ?').run(id);
    return true;
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const done = work();
      this.#db.exec('COMMIT');
      return done;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
    );
    const found = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found.user_version !== version) {
      for (const table of tables) db.exec(`DROP TABLE IF EXISTS ${table}`);
      db.exec(`PRAGMA user_version = ${version}`);
    }
    db.exec(schema);
    db.exec("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
