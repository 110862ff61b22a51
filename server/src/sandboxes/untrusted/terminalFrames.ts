import type { Duplex } from 'node:stream';
import { encodeFrame, FromTerminal, frameDecoder, type ToTerminal } from '@deckhand/sandbox/protocol';

/**
 * A terminal's stream, as messages. Whatever is not of the protocol, or larger than its frames, ends it: what a sandbox
 * says of itself is never more than this.
 */
export function terminalFrames(
  stream: Duplex,
  hear: { message: (message: FromTerminal) => void; closed: () => void },
) {
  const decoder = frameDecoder();
  stream.on('data', (bytes: Buffer) => {
    const decoded = decoder.push(bytes);
    if (!decoded.ok) return stream.destroy();
    for (const message of decoded.messages) {
      const parsed = FromTerminal.safeParse(message);
      if (!parsed.success) return stream.destroy();
      hear.message(parsed.data);
    }
  });
  stream.on('end', () => stream.destroy());
  stream.on('close', hear.closed);
  return {
    send: (message: ToTerminal) => {
      if (!stream.destroyed) stream.write(encodeFrame(message));
    },
    /** Bytes that the sandbox did not take yet. */
    waiting: () => stream.writableLength,
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    close: () => stream.destroy(),
  };
}

export type TerminalFrames = ReturnType<typeof terminalFrames>;
