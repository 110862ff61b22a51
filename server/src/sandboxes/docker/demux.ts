import { Duplex } from 'node:stream';

const headerBytes = 8;
const stdoutKind = 1;

/**
 * The engine wraps what an exec prints: 1 byte kind, 3 of nothing, 4 of length, the bytes. This is the stream without
 * the wrapping: stdout to read, stdin to write, backpressure both ways. Stderr goes to `onStderr`.
 */
export function demux(raw: Duplex, onStderr: (text: string) => void): Duplex {
  let pending: Buffer = Buffer.alloc(0);
  let wanted = 0;
  let kind = 0;
  const unwrapped = new Duplex({
    allowHalfOpen: false,
    read: () => void raw.resume(),
    write: (chunk, _encoding, done) => void (raw.write(chunk) ? done() : raw.once('drain', done)),
    final: done => void raw.end(done),
    destroy: (error, done) => {
      raw.destroy();
      done(error);
    },
  });
  const deliver = (bytes: Buffer): boolean => {
    if (kind === stdoutKind) return unwrapped.push(bytes);
    onStderr(bytes.toString());
    return true;
  };
  raw.on('data', (chunk: Buffer) => {
    pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    let room = true;
    while (pending.length > 0) {
      if (wanted === 0) {
        if (pending.length < headerBytes) break;
        kind = pending[0] ?? 0;
        wanted = pending.readUInt32BE(4);
        pending = pending.subarray(headerBytes);
        continue;
      }
      const part = pending.subarray(0, wanted);
      pending = pending.subarray(part.length);
      wanted -= part.length;
      room = deliver(part) && room;
    }
    if (!room) raw.pause();
  });
  const over = () => {
    if (!unwrapped.destroyed) unwrapped.push(null);
  };
  raw.on('end', over);
  raw.on('close', () => unwrapped.destroy());
  raw.on('error', error => unwrapped.destroy(error));
  return unwrapped;
}
