import { limits, type TerminalMessage } from '../index.ts';
import type { Link } from './link.ts';

export type TerminalHandlers = {
  message: (message: TerminalMessage) => void;
  /** Opened, again after each lost connection: whether they may type, and why not. */
  opened: (how: { mayType: boolean; why?: string | undefined }) => void;
  /** The connection is lost (null; it comes back by itself), or it may not be opened. */
  closed: (why: string | null) => void;
};
export type OpenTerminal = {
  type: (text: string) => void;
  resize: (size: { columns: number; rows: number }) => void;
  /** So many characters were shown: more may come. */
  taken: (chars: number) => void;
  close: () => void;
};

/** What was shown is told in pieces of so many characters, and what is left of one after a moment. */
const takenChars = 16 * 1024;
const takenMs = 50;

/** Looks at a session's terminal until closed, over every connection that there is meanwhile. */
export function openTerminal(
  link: Link,
  { sessionId, ...first }: { sessionId: string; columns: number; rows: number },
  handlers: TerminalHandlers,
): OpenTerminal {
  let size = first;
  let over = false;
  let taken = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = async () => {
    const answer = await link.ask('terminal.open', { sessionId, ...size });
    if (over) return;
    if (answer.ok) handlers.opened(answer);
    else if (link.state().up) handlers.closed(answer.message);
  };
  const unlisten = link.listen({
    state: ({ up }) => {
      taken = 0;
      if (up) void open();
      else handlers.closed(null);
    },
    terminal: message => {
      if (message.sessionId === sessionId) handlers.message(message);
    },
  });
  if (link.state().up) void open();

  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (taken > 0 && link.state().up) void link.ask('terminal.taken', { sessionId, chars: taken });
    taken = 0;
  };
  return {
    type: text => {
      if (!link.state().up) return;
      for (let at = 0; at < text.length; at += limits.terminalTypedChars)
        void link.ask('terminal.type', { sessionId, text: text.slice(at, at + limits.terminalTypedChars) });
    },
    resize: wanted => {
      size = wanted;
      if (link.state().up) void link.ask('terminal.size', { sessionId, ...wanted });
    },
    taken: chars => {
      taken += chars;
      if (taken >= takenChars) tell();
      else timer ??= setTimeout(tell, takenMs);
    },
    close: () => {
      over = true;
      clearTimeout(timer);
      unlisten();
      if (link.state().up) void link.ask('terminal.close', { sessionId });
    },
  };
}
