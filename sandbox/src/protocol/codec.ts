import { maxFrameBytes } from './limits.ts';

const headerBytes = 4;

/** A frame is a 4-byte big-endian length and that many bytes of JSON. Throws where the body exceeds the limit. */
export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  if (body.length > maxFrameBytes) throw new Error(`frame of ${body.length} bytes exceeds ${maxFrameBytes}`);
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, headerBytes);
  return frame;
}

export type Decoded = { ok: true; messages: unknown[] } | { ok: false; message: string };

/**
 * Joins bytes to frames, however they are split. After `ok:false` the stream is out of step and must be
 * closed: every later push answers the same.
 */
export function frameDecoder(): { push: (bytes: Buffer) => Decoded } {
  const header = Buffer.alloc(headerBytes);
  let headerFilled = 0;
  /** What came of a body so far: copied, for a piece of a few bytes may hold on to the whole read that it came with. */
  let body = Buffer.alloc(0);
  let filled = 0;
  let broken: string | undefined;

  const keep = (piece: Buffer, expected: number) => {
    if (filled + piece.length > body.length) {
      // Twice as much each time, so that copying stays in proportion; and never what was only announced.
      const grown = Buffer.alloc(Math.min(expected, Math.max(2 * body.length, filled + piece.length, 1024)));
      body.copy(grown, 0, 0, filled);
      body = grown;
    }
    piece.copy(body, filled);
    filled += piece.length;
  };

  /** The next whole frame of `rest`, and where it ends there; null where it is not whole. */
  const next = (rest: Buffer): { frame: Buffer; end: number } | null => {
    let at = 0;
    if (headerFilled < headerBytes) {
      at = rest.copy(header, headerFilled, 0, headerBytes - headerFilled);
      headerFilled += at;
      if (headerFilled < headerBytes) return null;
    }
    const expected = header.readUInt32BE(0);
    if (expected > maxFrameBytes) {
      broken = `frame of ${expected} bytes exceeds ${maxFrameBytes}`;
      return null;
    }
    const end = Math.min(rest.length, at + expected - filled);
    const piece = rest.subarray(at, end);
    const isWhole = filled + piece.length === expected;
    // The most of them come in one piece, and are read where they lie.
    const frame = isWhole && filled === 0 ? piece : null;
    if (!frame) keep(piece, expected);
    if (!isWhole) return null;
    const found = { frame: frame ?? body.subarray(0, filled), end };
    [headerFilled, filled, body] = [0, 0, Buffer.alloc(0)];
    return found;
  };

  return {
    push: bytes => {
      const messages: unknown[] = [];
      let rest = bytes;
      while (!broken && rest.length > 0) {
        const found = next(rest);
        if (!found) break;
        try {
          messages.push(JSON.parse(found.frame.toString('utf8')));
        } catch {
          broken = 'a frame is not JSON';
        }
        rest = rest.subarray(found.end);
      }
      return broken ? { ok: false, message: broken } : { ok: true, messages };
    },
  };
}
