import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { LineShare } from '@deckhand/shared';
import type { SessionFacts } from './facts.ts';

/** Raised when facts change their meaning: files of before are counted anew. */
const version = 3;

const schema = `
CREATE TABLE IF NOT EXISTS facts (
  session_id TEXT PRIMARY KEY, repo TEXT, last INTEGER NOT NULL, begun_at TEXT NOT NULL, last_at TEXT NOT NULL,
  facts TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS facts_time ON facts (last_at, begun_at);
CREATE INDEX IF NOT EXISTS facts_repo ON facts (repo);
CREATE TABLE IF NOT EXISTS lines (repo TEXT PRIMARY KEY, basis TEXT NOT NULL, counted TEXT NOT NULL) WITHOUT ROWID;
`;

const pageCount = 200;

type Row = { facts: string };
export type CountedLines = NonNullable<LineShare['counted']>;

/**
 * What this server has counted, in a file of its own. Everything in it can be had again from logs, archives and
 * repositories: who deletes it loses time.
 */
export class FactsFile {
  #db: DatabaseSync;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#db = new DatabaseSync(path);
    this.#db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
    );
    const found = this.#db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found.user_version !== version)
      this.#db.exec(
        `DROP TABLE IF EXISTS facts; DROP TABLE IF EXISTS lines; PRAGMA user_version = ${version}`,
      );
    this.#db.exec(schema);
  }

  close(): void {
    this.#db.close();
  }

  /** How far each session is counted. */
  lasts(): Map<string, number> {
    const rows = this.#db.prepare('SELECT session_id, last FROM facts').all();
    return new Map(rows.map(({ session_id: id, last }) => [String(id), Number(last)]));
  }

  get(sessionId: string): SessionFacts | null {
    const row = this.#db.prepare('SELECT facts FROM facts WHERE session_id = ?').get(sessionId);
    return row ? parse(row as Row) : null;
  }

  put(facts: SessionFacts): void {
    const { sessionId, repo, last, begunAt, lastAt } = facts;
    this.#db
      .prepare('INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?)')
      .run(sessionId, repo, last, begunAt, lastAt, JSON.stringify(facts));
  }

  remove(sessionId: string): void {
    this.#db.prepare('DELETE FROM facts WHERE session_id = ?').run(sessionId);
  }

  /** For good: also what lies in pages that are free by now, and in the log of writes. */
  erase(sessionId: string): void {
    this.remove(sessionId);
    this.#db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Sessions in which something may have happened in [from, to); others get their turn in between. */
  async *during(from: string, to: string): AsyncGenerator<SessionFacts> {
    // The index has all that this asks for: facts are large, and read one by one.
    const rows = this.#db
      .prepare('SELECT session_id FROM facts WHERE last_at >= ? AND begun_at < ? ORDER BY session_id')
      .all(from, to);
    for (const [n, { session_id: id }] of rows.entries()) {
      const facts = this.get(String(id));
      if (facts) yield facts;
      if ((n + 1) % pageCount === 0) await setImmediate();
    }
  }

  repos(): string[] {
    const rows = this.#db.prepare('SELECT DISTINCT repo FROM facts WHERE repo IS NOT NULL').all();
    return rows.map(({ repo }) => String(repo));
  }

  /** Commits that merges made, on this repository's base branch. */
  mergeShas(repo: string): string[] {
    const rows = this.#db
      .prepare(
        `SELECT DISTINCT json_extract(change.value, '$.mergeSha') AS sha
         FROM facts, json_each(facts.facts, '$.changes') AS change
         WHERE repo = ? AND sha IS NOT NULL ORDER BY sha`,
      )
      .all(repo);
    return rows.map(({ sha }) => String(sha));
  }

  lines(repo: string): { basis: string; counted: CountedLines } | null {
    const row = this.#db.prepare('SELECT basis, counted FROM lines WHERE repo = ?').get(repo);
    return row
      ? { basis: String(row.basis), counted: JSON.parse(String(row.counted)) as CountedLines }
      : null;
  }

  putLines(repo: string, basis: string, counted: CountedLines): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO lines VALUES (?, ?, ?)')
      .run(repo, basis, JSON.stringify(counted));
  }
}

const parse = ({ facts }: Row): SessionFacts => JSON.parse(facts) as SessionFacts;
