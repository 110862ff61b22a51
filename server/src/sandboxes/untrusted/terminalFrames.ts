import type { Duplex } from 'node:stream';
import { encodeFrame, FromTerminal, frameDecoder, type ToTerminal } from '@deckhand/sandbox/protocol';

/** What was typed just before somebody closed it is sent within this. */
const lastKeysMs = 1_000;

/**
 * A terminal's stream, as messages. Whatever is not of the protocol, or larger than its frames, ends it: what a sandbox
 * says of itself is never more than this.
 */
export function terminalFrames(
  stream: Duplex,
  hear: { message: (message: FromTerminal) => void; closed: () => void },
) {
  const decoder = frameDecoder();
  let over = false;
  stream.on('data', (bytes: Buffer) => {
    const decoded = decoder.push(bytes);
    if (!decoded.ok) return stream.destroy();
    for (const message of decoded.messages) {
      const parsed = FromTerminal.safeParse(message);
      if (!parsed.success) return stream.destroy();
      if (over) return;
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
    /** Lets the last keys go first. */
    close: () => {
      over = true;
      stream.resume();
      stream.end();
      setTimeout(() => stream.destroy(), lastKeysMs).unref();
    },
  };
}

export type TerminalFrames = ReturnType<typeof terminalFrames>;
