import { Envelope, limits } from '@deckhand/shared';
import { replayLimits } from './replayLog.ts';
import { BadFile, type Cell, isSqlite, openSqlite } from './sqlite.ts';

/** What is read into memory at most. */
const mostFileBytes = 256 * 1024 * 1024;

/** What a file holds: events 1..n, and what is to be said about those that are not among them. */
export type FileEvents = { events: Envelope[]; remarks: string[] };

/** Reads a session from a downloaded file: its archive (SQLite), or what `deckhand log --json` prints. */
export async function readEventsOf(file: Blob): Promise<FileEvents> {
  if (file.size > mostFileBytes)
    throw new BadFile('This file is over 256 MiB, which is more than a page can hold.');
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    const read = collect(isSqlite(bytes) ? archived(bytes) : lines(bytes));
    if (read.events.length === 0) throw new BadFile(noEvents);
    return read;
  } catch (error) {
    // Looks outside of what is there.
    if (error instanceof RangeError) throw new BadFile('This file is damaged.');
    throw error;
  }
}

const noEvents =
  'This file holds no session. Take the one that “Download” in a session’s details gives, or what `npx deckhand log SESSION --json` prints.';

/** One after the other, and the first that is not readable or follows on nothing ends it. */
function collect(found: Iterable<unknown>): FileEvents {
  const events: Envelope[] = [];
  const remarks: string[] = [];
  let chars = 0;
  let unreadable = 0;
  for (const raw of found) {
    const { events: most, chars: mostChars } = replayLimits;
    if (events.length >= most || chars > mostChars) {
      remarks.push(
        `Only the first ${events.length.toLocaleString('en')} events are shown: the log is too long.`,
      );
      break;
    }
    chars += sizeOf(raw);
    const parsed = Envelope.safeParse(raw);
    const event = parsed.success ? parsed.data : null;
    const first = events[0];
    if (!event || (first && event.sessionId !== first.sessionId)) {
      unreadable += 1;
      // It keeps its number, so that those behind it are still in order.
      if (first) events.push(standIn(events.at(-1) ?? first));
      continue;
    }
    if (event.seq !== events.length + 1) {
      if (!first)
        throw new BadFile(`This log begins at event ${event.seq}; a replay needs it from the first on.`);
      remarks.push(
        `Event ${event.seq} follows event ${events.length}: what lies behind that gap is not shown.`,
      );
      break;
    }
    events.push(event);
  }
  if (unreadable > 0)
    remarks.push(
      unreadable === 1
        ? 'One event could not be read and is left out.'
        : `${unreadable} events could not be read and are left out.`,
    );
  return { events, remarks };
}

const sizeOf = (raw: unknown) => JSON.stringify(raw)?.length ?? 0;

/** Of a type that nobody knows: it is passed over. */
const standIn = ({ seq, at, sessionId }: Envelope): Envelope => ({
  ...{ seq: seq + 1, at, sessionId, type: 'unreadable', data: null },
  actor: { kind: 'system' },
});

function* archived(bytes: Uint8Array): Generator<unknown> {
  const file = openSqlite(bytes);
  const sessionId = file.table('session')?.next().value?.cells[0];
  const rows = file.table('events');
  if (!rows || sessionId === undefined) throw new BadFile(noEvents);
  for (const { rowid, cells } of rows) {
    const [, at, type, turnId, actor, data, more] = cells;
    yield {
      ...objectOf(more),
      ...{ seq: rowid, at, sessionId, type, actor: json(actor), data: json(data) },
      ...(turnId == null ? {} : { turnId }),
    };
  }
}

function* lines(bytes: Uint8Array): Generator<unknown> {
  const text = new TextDecoder('utf-8', { ignoreBOM: false });
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end);
    start += line.length + 1;
    if (line.length > limits.socketFrameBytes) yield null;
    else if (line.length > 0) yield json(text.decode(line));
  }
}

function json(text: Cell | undefined): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function objectOf(text: Cell | undefined): object {
  const value = text == null ? null : json(text);
  return typeof value === 'object' && value !== null ? value : {};
}
