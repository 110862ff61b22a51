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
