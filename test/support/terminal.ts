import type { TerminalMessage } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { patienceMs } from './patience.ts';

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
  const state = () =>
    got.findLast(({ kind }) => kind === 'state') as Extract<TerminalMessage, { kind: 'state' }> | undefined;
  const until = async (is: () => boolean): Promise<void> => {
    if (is()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ until: is, done: resolve });
    const timer = setTimeout(
      () => reject(new Error(`waited in vain at ${JSON.stringify(state())}: ${shown.slice(-500)}`)),
      patienceMs,
    );
    await promise.finally(() => clearTimeout(timer));
  };
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
    /** Open at last, of a sandbox that is lost at any moment: where somebody is told so, a key begins it again. */
    async opensAnew(): Promise<void> {
      for (;;) {
        await until(() => ['open', 'lost', 'failed'].includes(state()?.state ?? ''));
        if (state()?.state === 'open') return;
        terminal.type(' ');
        await until(() => state()?.state === 'starting' || state()?.state === 'open');
      }
    },
    is: (wanted: string) => until(() => state()?.state === wanted),
    /** Whether what comes is taken; what came meanwhile is, then. */
    read(again: boolean): void {
      reads = again;
      if (again && unread > 0) terminal.taken(unread);
      unread = 0;
    },
  };
}
