import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Envelope } from '@deckhand/shared';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventsOf, scripted } from '../../../../shared/src/view/scripted.fixture.ts';
import { readEventsOf } from './fileEvents.ts';
import { BadFile, openSqlite } from './sqlite.ts';

const file = (bytes: string | Uint8Array<ArrayBuffer>) => new Blob([bytes]);
let counter = 0;

/** The bytes of a SQLite file that is filled like this. */
function sqlite(fill: (db: DatabaseSync) => void): Uint8Array<ArrayBuffer> {
  const path = join(tmpdir(), `deckhand-replay-${process.pid}-${counter++}.sqlite`);
  try {
    const db = new DatabaseSync(path);
    fill(db);
    db.close();
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(path, { force: true });
  }
}

/** As server/ARCHIVE.md describes one. */
const archive = (events: readonly Envelope[]) =>
  sqlite(db => {
    db.exec(`PRAGMA journal_mode = OFF; BEGIN;
      CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE session (id TEXT PRIMARY KEY, title TEXT);
      CREATE TABLE events (seq INTEGER PRIMARY KEY, at TEXT, type TEXT, turn_id TEXT, actor TEXT, data TEXT, more TEXT);
      CREATE INDEX events_type ON events (type, turn_id)`);
    db.prepare('INSERT INTO session VALUES (?, ?)').run(events[0]?.sessionId ?? 'ses_000001', 'A');
    const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const { seq, at, type, turnId = null, actor, data, sessionId: _, ...more } of events)
      insert.run(seq, at, type, turnId, JSON.stringify(actor), JSON.stringify(data), JSON.stringify(more));
    db.exec('COMMIT');
  });
const jsonLines = (events: readonly unknown[]) => events.map(event => `${JSON.stringify(event)}\n`).join('');
const some = eventsOf(scripted(Array.from({ length: 150 }, (_, i) => i * 31)));

test.each([
  ['its archive', archive],
  ['printed lines', jsonLines],
])('a session comes out of %s as it went in', async (_, write) => {
  expect(some.length).toBeGreaterThan(40);
  const read = await readEventsOf(file(write(some)));
  expect(read).toEqual({ events: some, remarks: [] });
});

test('rows are read as SQLite writes them, short and long, over many pages', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(512, 4096, 65_536),
      fc.array(
        fc.tuple(
          fc.oneof(
            fc.string(),
            fc.nat(40_000).map(n => 'x'.repeat(n)),
            fc.constant(null),
          ),
          fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }), fc.double({ noNaN: true })),
        ),
        { minLength: 1, maxLength: 60 },
      ),
      (page, rows) => {
        const bytes = sqlite(db => {
          db.exec(
            `PRAGMA page_size = ${page}; PRAGMA journal_mode = OFF; CREATE TABLE t (a TEXT, b NUMERIC)`,
          );
          const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
          for (const [a, b] of rows) insert.run(a, b);
        });
        const read = [...(openSqlite(bytes).table('t') ?? [])];
        expect(read.map(({ rowid }) => rowid)).toEqual(rows.map((_, i) => i + 1));
        expect(read.map(({ cells }) => cells[0])).toEqual(rows.map(([a]) => a?.toWellFormed() ?? null));
        for (const [i, row] of rows.entries()) expect(read[i]?.cells[1]).toBeCloseTo(row[1], 5);
      },
    ),
    { numRuns: 15 },
  );
});

test('whatever is broken in a file, it ends with events or with words', async () => {
  const whole = archive(some);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
      fc.option(fc.nat(whole.length)),
      async (changes, cut) => {
        const broken = whole.slice(0, cut ?? whole.length);
        for (const [at, byte] of changes) if (at < broken.length) broken[at] = byte;
        const read = await readEventsOf(file(broken)).catch(error => error);
        if (read instanceof Error) expect(read).toBeInstanceOf(BadFile);
        else
          expect(read.events.map(({ seq }: Envelope) => seq)).toEqual(
            read.events.map((_: unknown, i: number) => i + 1),
          );
      },
    ),
    { numRuns: 150 },
  );
});

test.each([
  ['a picture', new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 0]), 'holds no session'],
  ['nothing', '', 'holds no session'],
  ['other JSON', '{"a":1}\n[2]\n"x"\n', 'holds no session'],
  ['another database', sqlite(db => db.exec('CREATE TABLE t (a)')), 'holds no session'],
  ['a database that ends early', archive(some).slice(0, 6000), 'damaged'],
  ['a log without its beginning', jsonLines(some.slice(3)), 'begins at event 4'],
])('%s is refused in words', async (_, content, words) => {
  await expect(readEventsOf(file(content))).rejects.toThrow(words);
});

test('what cannot be read is left out, and a gap ends it, both said', async () => {
  const bad = [
    some[0],
    'not an event',
    { ...some[2], sessionId: 'ses_000002' },
    ...some.slice(3, 8),
    some[9],
  ];
  const { events, remarks } = await readEventsOf(file(jsonLines(bad)));
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(events[1]).toMatchObject({ type: 'unreadable' });
  expect(events[3]).toEqual(some[3]);
  expect(remarks).toEqual([
    'Event 10 follows event 8: what lies behind that gap is not shown.',
    '2 events could not be read and are left out.',
  ]);
});

test('a tree of pages that leads back to itself, and rows on top of each other, end', () => {
  const rows = sqlite(db => {
    db.exec('PRAGMA page_size = 512; PRAGMA journal_mode = OFF; CREATE TABLE t (a TEXT)');
    for (let i = 0; i < 400; i++) db.prepare('INSERT INTO t VALUES (?)').run('y'.repeat(100));
  });
  const circle = rows.slice();
  const view = new DataView(circle.buffer);
  // The table's root is page 2: its rightmost child becomes itself.
  expect(circle[512]).toBe(5);
  view.setUint32(512 + 8, 2);
  expect(() => [...(openSqlite(circle).table('t') ?? [])]).toThrow(BadFile);

  const heap = sqlite(db => {
    db.exec('PRAGMA page_size = 65536; PRAGMA journal_mode = OFF; CREATE TABLE t (a TEXT)');
    db.prepare('INSERT INTO t VALUES (?)').run('z'.repeat(60_000));
  });
  const leaf = new DataView(heap.buffer);
  const only = leaf.getUint16(65_536 + 8);
  leaf.setUint16(65_536 + 3, 2000);
  for (let i = 0; i < 2000; i++) leaf.setUint16(65_536 + 8 + 2 * i, only);
  expect(() => [...(openSqlite(heap).table('t') ?? [])]).toThrow(BadFile);
});
