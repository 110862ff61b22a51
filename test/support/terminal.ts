import type { TerminalMessage } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';

/** A session's terminal as a page shows it: what came since the screen was last given anew. */
export function lookAtTerminal(client: Client, sessionId: string, size = { columns: 80, rows: 24 }) {
  const got: TerminalMessage[] = [];
  const openings: { mayType: boolean; why?: string | undefined }[] = [];
  const refusals: string[] = [];
  let shown = '';
  let chars = 0;
  let reads = true;
  let unread = 0;
  let waiting: { until: () => boolean; done: () => void }[] = [];
  const look = () => {
    waiting = waiting.filter(({ until, done }) => (until() ? void done() : true));
  };
  const terminal = client.openTerminal(sessionId, size, {
    opened: how => {
      openings.push(how);
      look();
    },
    closed: why => {
      if (why !== null) refusals.push(why);
      look();
    },
    message: message => {
      got.push(message);
      if (message.kind === 'anew') shown = '';
      if (message.kind === 'output') {
        shown = (shown + message.text).slice(-200_000);
        chars += message.text.length;
        if (reads) terminal.taken(message.text.length);
        else unread += message.text.length;
      }
      look();
    },
  });
  const until = (is: () => boolean) =>
    is() ? Promise.resolve() : new Promise<void>(done => waiting.push({ until: is, done }));
  const state = () =>
    got.findLast(({ kind }) => kind === 'state') as Extract<TerminalMessage, { kind: 'state' }> | undefined;
  return {
    ...terminal,
    got,
    openings,
    refusals,
    shown: () => shown,
    chars: () => chars,
    state,
    until,
    shows: (text: string) => until(() => shown.includes(text)),
    is: (wanted: string) => until(() => state()?.state === wanted),
    /** Whether what comes is taken; what came meanwhile is, then. */
    read(again: boolean): void {
      reads = again;
      if (again && unread > 0) terminal.taken(unread);
      unread = 0;
    },
  };
}
