import { DatabaseSync } from 'node:sqlite';
import { part, sessionKey } from '../store/keys.ts';
import { type LogEntry, streamEntry } from '../store/logEntry.ts';
import { parseMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { rowsOf, type SessionCopy } from './copy.ts';
import { archiveSchema, archiveVersion, eventRow } from './schema.ts';

const pageCount = 200;

/**
 * Writes a session's archive page by page: what it is at the moment of the copy, however long its log. False where
 * the session left Redis meanwhile.
 */
export async function writeArchive(
  path: string,
  store: Store,
  sessionId: string,
  copy: SessionCopy,
): Promise<boolean> {
  const db = new DatabaseSync(path);
  try {
    // A file that is not whole is never put: it needs no journal, and is synced once, at the end.
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
    db.exec(archiveSchema);
    writeAbout(db, sessionId, copy);
    writeKeys(db, copy);
    const whole =
      (await writeEvents(db, store, sessionId, copy)) && (await writeContext(db, store, sessionId, copy));
    db.exec('COMMIT');
    return whole;
  } finally {
    db.close();
  }
}

function writeAbout(db: DatabaseSync, sessionId: string, copy: SessionCopy): void {
  const meta = parseMeta(copy.meta);
  if (!meta) throw new Error(`session ${sessionId} has no meta`);
  const about = {
    format: 'Deckhand session',
    version: String(archiveVersion),
    session: sessionId,
    last: String(meta.last),
    written_at: new Date().toISOString(),
    documentation: 'server/ARCHIVE.md of Deckhand',
  };
  const insert = db.prepare('INSERT INTO about VALUES (?, ?)');
  for (const row of Object.entries(about)) insert.run(...row);
  db.prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    meta.id,
    meta.orgId,
    meta.title,
    meta.repo,
    meta.state,
    meta.origin,
    meta.branch,
    JSON.stringify(meta.authors),
    meta.createdAt,
    meta.updatedAt,
    meta.last,
  );
}

function writeKeys(db: DatabaseSync, { keys }: SessionCopy): void {
  const insert = db.prepare('INSERT INTO keys VALUES (?, ?, ?, ?, ?)');
  for (const copied of keys)
    for (const [n, [field, value]] of rowsOf(copied).entries())
      insert.run(copied.key, copied.type, n + 1, field, value);
}

const lengthOf = (copy: SessionCopy, name: string) => copy.keys.find(({ key }) => key === name)?.length ?? 0;

async function writeEvents(
  db: DatabaseSync,
  store: Store,
  sessionId: string,
  copy: SessionCopy,
): Promise<boolean> {
  const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
  const last = lengthOf(copy, part.log);
  for (let seq = 0; seq < last; ) {
    const page = await store.xrange(
      sessionKey(sessionId, part.log),
      `${seq + 1}-0`,
      `${last}-0`,
      'COUNT',
      pageCount,
    );
    if (page.length === 0) return false;
    for (const entry of page.map(streamEntry)) {
      insertEvent(insert, entry);
      seq = entry.seq;
    }
  }
  return true;
}

function insertEvent(insert: ReturnType<DatabaseSync['prepare']>, entry: LogEntry): void {
  const { seq, at, type, turn_id, actor, data, more } = eventRow(entry);
  insert.run(seq, at, type, turn_id, actor, data, more);
}

async function writeContext(
  db: DatabaseSync,
  store: Store,
  sessionId: string,
  copy: SessionCopy,
): Promise<boolean> {
  const insert = db.prepare('INSERT INTO context VALUES (?, ?, ?)');
  const length = lengthOf(copy, part.context);
  for (let n = 0; n < length; ) {
    const end = Math.min(n + pageCount, length) - 1;
    const page = await store.lrange(sessionKey(sessionId, part.context), n, end);
    if (page.length === 0) return false;
    for (const message of page) {
      const { role } = JSON.parse(message) as { role?: string };
      insert.run(++n, role ?? null, message);
    }
  }
  return true;
}
