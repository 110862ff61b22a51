import type { Socket } from 'node:net';
import { encodeFrame, frameDecoder } from '../protocol/codec.ts';
import { type FromTerminal, ToTerminal, terminalFrameChars } from '../protocol/terminal.ts';
import type { KeptScreen } from './screen.ts';

/** What may wait for one who looks. Who is further behind gets the screen anew instead of what they missed. */
const mostWaitingBytes = 256 * 1024;

/** Somebody who looks at the terminal over a connection of their own: the slowest holds up neither it nor the others. */
export function openLooker(
  socket: Socket,
  screen: KeptScreen,
  hear: {
    said: (message: ToTerminal) => void;
    left: () => void;
    /** Does it when all that was printed is on the screen: at once, or in a moment. */
    whenStill: (work: () => void) => void;
  },
) {
  const decoder = frameDecoder();
  /** Gets nothing until it gets the screen. */
  let behind = true;

  const post = (message: FromTerminal) => {
    if (!socket.destroyed) socket.write(encodeFrame(message));
  };
  const output = (text: string) => {
    for (let at = 0; at < text.length; ) {
      const end = cutAt(text, at + terminalFrameChars);
      post({ t: 'output', text: text.slice(at, end) });
      at = end;
    }
  };
  const anew = () => {
    if (socket.destroyed) return;
    behind = false;
    post({ t: 'anew', ...screen.size() });
    const whole = screen.whole();
    if (whole) output(whole);
  };

  socket.on('data', (bytes: Buffer) => {
    const decoded = decoder.push(bytes);
    if (!decoded.ok) return socket.destroy();
    for (const message of decoded.messages) {
      const parsed = ToTerminal.safeParse(message);
      if (!parsed.success) return socket.destroy();
      hear.said(parsed.data);
    }
  });
  socket.on('drain', () => behind && hear.whenStill(anew));
  socket.on('error', () => {});
  socket.on('close', hear.left);
  hear.whenStill(anew);

  return {
    output: (text: string) => {
      if (behind) return;
      if (socket.writableLength > mostWaitingBytes) behind = true;
      else output(text);
    },
    post: (message: FromTerminal) => {
      if (!behind) post(message);
    },
    end: () => {
      if (!socket.destroyed) socket.end(encodeFrame({ t: 'ended' } satisfies FromTerminal));
    },
  };
}

export type Looker = ReturnType<typeof openLooker>;

/** Not between the halves of a character. */
function cutAt(text: string, end: number): number {
  const isHigh = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
  return end < text.length && isHigh(text.charCodeAt(end - 1)) ? end - 1 : end;
}
