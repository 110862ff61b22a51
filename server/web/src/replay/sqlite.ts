/** A file that is not what it says it is, or is damaged; the message is for people. */
export class BadFile extends Error {}

export type Cell = string | number | null;
export type Row = { rowid: number; cells: Cell[] };

const magic = 'SQLite format 3\0';
const utf8 = new TextDecoder('utf-8');
/** Deeper than any table of a file that we take. */
const mostDepth = 24;
/** Of one row; an event has 64 KiB. */
const mostRowBytes = 1024 * 1024;

export const isSqlite = (bytes: Uint8Array): boolean => utf8.decode(bytes.subarray(0, 16)) === magic;

/**
 * The tables of a SQLite file, as far as an archive needs it: rows of ordinary tables, in order of their rowid. A
 * whole SQLite would be a megabyte of WebAssembly, which this page's policy forbids. Nothing in the file is believed:
 * each page is visited once, and every look outside of it fails.
 */
export function openSqlite(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 100 || !isSqlite(bytes)) throw new BadFile('This is not a SQLite file.');
  const size = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  const usable = size - view.getUint8(20);
  /** Rows may lie on top of each other: what is read of all of them is bounded by what there is. */
  let left = bytes.length * 4;
  if (size < 512 || (size & (size - 1)) !== 0 || usable < 480 || view.getUint32(56) !== 1) throw damaged();

  function* rowsFrom(page: number, seen: Set<number>, depth = 0): Generator<Row> {
    if (seen.has(page) || depth > mostDepth) throw damaged();
    seen.add(page);
    const start = offsetOf(page);
    const head = start + (page === 1 ? 100 : 0);
    const type = view.getUint8(head);
    if (type !== 5 && type !== 13) throw damaged();
    const count = view.getUint16(head + 3);
    for (let i = 0; i < count; i++) {
      const at = start + view.getUint16(head + (type === 5 ? 12 : 8) + 2 * i);
      if (type === 5) yield* rowsFrom(view.getUint32(at), seen, depth + 1);
      else yield rowAt(at);
    }
    if (type === 5) yield* rowsFrom(view.getUint32(head + 8), seen, depth + 1);
  }

  function offsetOf(page: number): number {
    const offset = (page - 1) * size;
    if (page < 1 || offset + size > bytes.length) throw damaged();
    return offset;
  }

  function rowAt(at: number): Row {
    const [length, afterLength] = varint(view, at);
    const [rowid, start] = varint(view, afterLength);
    if (length > mostRowBytes) throw new BadFile('A row of this file is larger than any event.');
    left -= length + 1;
    if (left < 0) throw damaged();
    return { rowid, cells: cellsOf(payload(start, length)) };
  }

  /** What does not fit on its page goes on in a chain of others. */
  function payload(start: number, length: number): Uint8Array {
    const most = usable - 35;
    if (length <= most) return slice(start, length);
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fits = least + ((length - least) % (usable - 4));
    const local = fits <= most ? fits : least;
    const whole = new Uint8Array(length);
    whole.set(slice(start, local));
    let next = view.getUint32(start + local);
    // Each page brings something: it ends with the length, however the pages are chained.
    for (let done = local; done < length; ) {
      const page = offsetOf(next);
      const part = slice(page + 4, Math.min(usable - 4, length - done));
      whole.set(part, done);
      done += part.length;
      next = view.getUint32(page);
    }
    return whole;
  }

  function slice(start: number, length: number): Uint8Array {
    if (start + length > bytes.length) throw damaged();
    return bytes.subarray(start, start + length);
  }

  return {
    /** Rows of the table of this name; null where there is none. */
    table(name: string): Generator<Row> | null {
      for (const { cells } of rowsFrom(1, new Set()))
        if (cells[0] === 'table' && cells[1] === name && typeof cells[3] === 'number')
          return rowsFrom(cells[3], new Set());
      return null;
    },
  };
}

function cellsOf(bytes: Uint8Array): Cell[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [headLength, first] = varint(view, 0);
  const cells: Cell[] = [];
  let body = headLength;
  for (let at = first; at < headLength; ) {
    const [type, next] = varint(view, at);
    at = next;
    const length = type >= 12 ? Math.floor((type - 12) / 2) : (widths[type] ?? 0);
    if (body + length > bytes.length) throw damaged();
    cells.push(cellAt(view, body, type, length));
    body += length;
  }
  return cells;
}

const widths = [0, 1, 2, 3, 4, 6, 8, 8];

function cellAt(view: DataView, at: number, type: number, length: number): Cell {
  if (type >= 13 && type % 2 === 1)
    return utf8.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return view.getFloat64(at);
  if (type < 1 || type > 6) return null;
  let value = view.getInt8(at);
  for (let i = 1; i < length; i++) value = value * 256 + view.getUint8(at + i);
  return value;
}

/** Seven bits a byte, the highest first, nine bytes at most. */
function varint(view: DataView, at: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = view.getUint8(at + i);
    value = value * 128 + (byte & 127);
    if (byte < 128) return [value, at + i + 1];
  }
  return [value * 256 + view.getUint8(at + 8), at + 9];
}

const damaged = () => new BadFile('This file is damaged.');
