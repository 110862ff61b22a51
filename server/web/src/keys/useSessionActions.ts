import type { Head } from '@deckhand/shared';
import { client } from '../client.ts';
import { diffPath, go, replayPath } from '../router.ts';
import { ask } from './ask.ts';
import { usePageAction } from './pageActions.ts';

/** What keys and the palette do with the session that is open. */
export function useSessionActions(
  sessionId: string,
  head: Head | undefined,
  turned: { terminal: () => void; details: () => void },
): void {
  const turnId = head?.turn?.turnId;
  // Here nobody chooses: nothing starts unasked, and one press lets them run.
  const queue = head && head.queue.length > 0 ? 'hold' : 'run';
  usePageAction(
    'stop',
    'Stop the turn that runs',
    () =>
      ask({
        question:
          queue === 'hold'
            ? 'Stop the turn that runs? What waits behind it is held.'
            : 'Stop the turn that runs?',
        yes: 'Stop',
        run: () => void client.http['turn.stop']({ sessionId, queue, ...(turnId ? { turnId } : {}) }),
      }),
    turnId !== undefined,
  );
  usePageAction('diff', 'Show the diff', () => go(diffPath(sessionId)));
  usePageAction('replay', 'Replay the session', () => go(replayPath(sessionId)));
  usePageAction('terminal', 'Terminal', turned.terminal, head !== undefined && head.state !== 'archived');
  usePageAction('details', 'Details', turned.details);
  usePageAction('share', 'Copy the link to this session', () => {
    void navigator.clipboard.writeText(location.origin + location.pathname);
  });
}
