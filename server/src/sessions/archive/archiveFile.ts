import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { DeckhandError } from '@deckhand/shared';
import { type KeyType, part } from '../store/keys.ts';
import type { LogEntry } from '../store/logEntry.ts';
import { archiveVersion, type EventRow, logEntry } from './schema.ts';

export type KeyRow = { key: string; type: KeyType; field: string | null; value: string };

/** An archive that is read. It never changes: any number of readers may have it open. */
export class ArchiveFile {
  readonly sessionId: string;
  #db: DatabaseSync;
  #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { readOnly: true });
    const about = new Map(
      this.#rows<{ name: string; value: string }>('SELECT * FROM about').map(row => [row.name, row.value]),
    );
    this.sessionId = about.get('session') ?? '';
    if (about.get('version') === String(archiveVersion)) return;
    this.close();
    throw new DeckhandError(
      'internal',
      `The archive of ${this.sessionId} is of version ${about.get('version')}: this server reads ${archiveVersion}.`,
    );
  }

  /** Events after `after`, oldest first. */
  eventsAfter(after: number, count: number): LogEntry[] {
    return this.#events('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?', after, count);
  }

  /** Events up to `last`, newest first. */
  eventsUpTo(last: number, count: number): LogEntry[] {
    return this.#events('SELECT * FROM events WHERE seq <= ? ORDER BY seq DESC LIMIT ?', last, count);
  }

  context(after: number, count: number): string[] {
    return this.#rows<{ message: string }>(
      'SELECT message FROM context WHERE n > ? ORDER BY n LIMIT ?',
      after,
      count,
    ).map(row => row.message);
  }

  /** The values of a list. */
  list(key: string): string[] {
    return this.#rows<{ value: string }>('SELECT value FROM keys WHERE key = ? ORDER BY n', key).map(
      row => row.value,
    );
  }

  field(key: string, field: string): string | null {
    const [row] = this.#rows<{ value: string }>(
      'SELECT value FROM keys WHERE key = ? AND field = ?',
      key,
      field,
    );
    return row?.value ?? null;
  }

  hash(key: string): Record<string, string> {
    const rows = this.#rows<{ field: string; value: string }>(
      'SELECT field, value FROM keys WHERE key = ?',
      key,
    );
    return Object.fromEntries(rows.map(({ field, value }) => [field, value]));
  }

  /** All keys but log and context, value by value. */
  keyRows(): Iterable<KeyRow> {
    return this.#prepared(
      'SELECT key, type, field, value FROM keys ORDER BY key, n',
    ).iterate() as Iterable<KeyRow>;
  }

  /** How much each key of the session held. */
  lengths(): { key: string; length: number }[] {
    return this.#rows<{ key: string; length: number }>(
      `SELECT key, count(*) AS length FROM keys GROUP BY key
       UNION ALL SELECT ?, count(*) FROM events UNION ALL SELECT ?, count(*) FROM context`,
      part.log,
      part.context,
    ).filter(({ length }) => length > 0);
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #events(sql: string, ...values: SQLInputValue[]): LogEntry[] {
    return this.#rows<EventRow>(sql, ...values).map(row => logEntry(this.sessionId, row));
  }

  #rows<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepared(sql).all(...values) as T[];
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** Null where there is no such file. */
export function openArchive(path: string): ArchiveFile | null {
  try {
    return new ArchiveFile(path);
  } catch (error) {
    if ((error as { errcode?: number }).errcode === cannotOpen) return null;
    throw error;
  }
}

/** SQLITE_CANTOPEN */
const cannotOpen = 14;
