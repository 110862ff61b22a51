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
  let chunks: Buffer[] = [];
  let size = 0;
  let broken: string | undefined;

  const take = (bytes: number): Buffer => {
    const [first] = chunks;
    const all = first && first.length >= bytes ? first : Buffer.concat(chunks, size);
    chunks = all === first ? chunks.slice(1) : [];
    if (all.length > bytes) chunks.unshift(all.subarray(bytes));
    size -= bytes;
    return all.subarray(0, bytes);
  };

  let expected: number | undefined;
  const next = (): { body: Buffer } | undefined => {
    if (expected === undefined) {
      if (size < headerBytes) return undefined;
      expected = take(headerBytes).readUInt32BE(0);
      if (expected > maxFrameBytes) broken = `frame of ${expected} bytes exceeds ${maxFrameBytes}`;
    }
    if (broken || size < expected) return undefined;
    const body = take(expected);
    expected = undefined;
    return { body };
  };

  return {
    push: bytes => {
      if (broken) return { ok: false, message: broken };
      if (bytes.length > 0) {
        chunks.push(bytes);
        size += bytes.length;
      }
      const messages: unknown[] = [];
      for (let frame = next(); frame; frame = next()) {
        try {
          messages.push(JSON.parse(frame.body.toString('utf8')));
        } catch {
          broken = 'a frame is not JSON';
        }
        if (broken) break;
      }
      return broken ? { ok: false, message: broken } : { ok: true, messages };
    },
  };
}
