import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeFrame, frameDecoder } from './codec.ts';
import { maxFrameBytes } from './limits.ts';

const messages = fc.array(fc.oneof(fc.object({ maxDepth: 2 }), fc.string({ unit: 'binary' }), fc.integer()), {
  maxLength: 8,
});

test('any split of the bytes gives the same frames', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(), { maxLength: 40 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(encodeFrame));
      const at = [...new Set(cuts.map(cut => (bytes.length ? cut % bytes.length : 0)))].sort((a, b) => a - b);
      const decoder = frameDecoder();
      const got: unknown[] = [];
      let from = 0;
      for (const to of [...at, bytes.length]) {
        const decoded = decoder.push(bytes.subarray(from, to));
        if (!decoded.ok) throw new Error(decoded.message);
        got.push(...decoded.messages);
        from = to;
      }
      expect(got).toEqual(JSON.parse(JSON.stringify(sent)));
    }),
  );
});

test('a frame that says it is too long is refused before its body comes, and so is all that follows', () => {
  const decoder = frameDecoder();
  const header = Buffer.alloc(4);
  header.writeUInt32BE(maxFrameBytes + 1);
  expect(decoder.push(header)).toMatchObject({ ok: false });
  expect(decoder.push(encodeFrame({}))).toMatchObject({ ok: false });
});

test('a body that is not JSON is refused', () => {
  const frame = Buffer.from('\0\0\0\x03{a}');
  expect(frameDecoder().push(frame)).toEqual({ ok: false, message: 'a frame is not JSON' });
});

test('a message beyond the limit is not encoded', () => {
  expect(() => encodeFrame('x'.repeat(maxFrameBytes))).toThrow(/exceeds/);
});

test('a frame that comes byte by byte costs what it is long, whatever it came in', () => {
  const text = 'x'.repeat(32 * 1024);
  const frame = encodeFrame(text);
  const decoder = frameDecoder();
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  let got: unknown[] = [];
  for (let at = 0; at < frame.length; at++) {
    // Each byte is a piece of a read of its own, as it comes off a socket.
    const read = Buffer.allocUnsafeSlow(32 * 1024);
    read[0] = frame[at] ?? 0;
    const decoded = decoder.push(read.subarray(0, 1));
    if (!decoded.ok) throw new Error(decoded.message);
    got = decoded.messages;
    // All of the reads would be 1 GiB.
    if (at % 2048 === 0) expect(used() - before).toBeLessThan(400 * 1024 * 1024);
  }
  expect(got).toEqual([text]);
});

test('what is announced and does not come costs nothing', () => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(maxFrameBytes);
  const decoders = Array.from({ length: 2_000 }, () => frameDecoder());
  const before = process.memoryUsage().arrayBuffers;
  for (const decoder of decoders) decoder.push(Buffer.concat([header, Buffer.from('[')]));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
});
