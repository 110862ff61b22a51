import type { Author } from '@deckhand/shared';
import type { ClientResult } from '@deckhand/shared/client';
import {
  Icon,
  Presence,
  type SessionLinks,
  SessionLinksContext,
  SessionPane,
  standingOf,
  TakeControl,
  useMedia,
  useSession,
} from '@deckhand/shared/ui';
import { lazy, Suspense, useMemo, useState } from 'react';
import { client } from '../client.ts';
import { Drawer } from '../Drawer.tsx';
import { useSessionActions } from '../keys/useSessionActions.ts';
import { openPreview } from '../openPreview.ts';
import { diffFilePath, diffPath, go, sessionPath } from '../router.ts';
import { SessionTitle } from '../SessionTitle.tsx';
import { ShareButton } from '../ShareButton.tsx';
import { SideColumn } from '../SideColumn.tsx';
import { useSeen } from '../sessions/useSeen.ts';
import { useTitle } from '../useTitle.ts';
import { NotFound, SignedOut, Trouble } from './Messages.tsx';

/** The emulator is large: it comes when it is looked at. */
const TerminalPanel = lazy(() => import('../terminal/TerminalPanel.tsx'));

const whyNot = (answer: ClientResult) => (answer.ok ? null : answer.message);

const stateMark = { running: '● ', waiting: '? ', idle: '', asleep: '', archived: '' };

/** One session: its timeline and composer, and beside them what came of it. */
export function SessionPage({
  sessionId,
  me,
  models,
}: {
  sessionId: string;
  me: Author;
  models: readonly string[] | undefined;
}) {
  const feed = useSession(client, sessionId);
  const wide = useMedia('(min-width: 960px)');
  const [toggled, setToggled] = useState(false);
  const [terminal, setTerminal] = useState(false);
  const [shownTask, setShownTask] = useState<{ taskId: string } | null>(null);
  const head = feed.view?.head;
  const title = head?.title || 'Session';
  const links = useMemo<SessionLinks>(
    () => ({
      artifactUrl: artifactId => client.artifactUrl(sessionId, artifactId),
      attachmentUrl: attachmentId => client.attachmentUrl(sessionId, attachmentId),
      diffUrl: diffPath(sessionId),
      fileUrl: path => diffFilePath(sessionId, path),
      sessionUrl: sessionPath,
      openSession: id => go(sessionPath(id)),
      shownTask,
      attempts: {
        look: async groupId => {
          const found = await client.http['attempts.list']({ sessionId });
          return (found.ok && found.groups.find(group => group.groupId === groupId)) || null;
        },
        take: async (groupId, n) => whyNot(await client.http['attempts.take']({ sessionId, groupId, n })),
        stop: async groupId => whyNot(await client.http['attempts.stop']({ sessionId, groupId })),
        diffUrl: diffPath,
        preview: async childId => {
          const opened = await openPreview(childId);
          return opened.ok ? null : opened.message;
        },
      },
    }),
    [sessionId, shownTask],
  );
  useSeen(sessionId, head?.last);
  useSessionActions(sessionId, head, {
    terminal: () => setTerminal(!terminal),
    details: () => setToggled(!toggled),
  });
  useTitle(`${head ? stateMark[head.state] : ''}${title}`);

  if (feed.failure?.code === 'not_found') return <NotFound what={feed.failure.message} />;
  if (feed.failure?.code === 'unauthorized') return <SignedOut />;
  if (feed.failure && !feed.view) return <Trouble failure={feed.failure} />;
  // Open at first where there is room, closed where there is not; the button turns it round.
  const sideOpen = wide !== toggled;
  const side = (
    <SideColumn
      sessionId={sessionId}
      feed={feed}
      wide={wide}
      userId={me.userId}
      openTask={taskId => {
        setShownTask({ taskId });
        if (!wide) setToggled(false);
      }}
    />
  );
  return (
    <SessionLinksContext value={links}>
      <main className="session" data-testid="session" data-state={head?.state}>
        <header className="session-head">
          <a href="/" className="home-link" aria-label="All sessions">
            <img src="/anchor.svg" alt="" width="24" height="24" />
          </a>
          <SessionTitle sessionId={sessionId} title={title} />
          {head && (
            <span className={`dh-tag dh-tag-${standingOf(head).look}`} data-testid="session-state">
              {standingOf(head).word}
            </span>
          )}
          <span className="gap" />
          {wide && <Presence people={feed.people} />}
          {wide && <ShareButton />}
          {head && head.state !== 'archived' && (
            <button
              type="button"
              className="dh-button dh-button-icon"
              aria-label="Terminal"
              aria-expanded={terminal}
              data-testid="toggle-terminal"
              onClick={() => setTerminal(!terminal)}
            >
              <Icon name="terminal" />
            </button>
          )}
          <button
            type="button"
            className="dh-button dh-button-icon"
            aria-label="Details"
            aria-expanded={sideOpen}
            data-testid="toggle-details"
            onClick={() => setToggled(!toggled)}
          >
            <Icon name="side" />
          </button>
        </header>
        <div className="session-body">
          <SessionPane client={client} sessionId={sessionId} feed={feed} me={me} models={models} />
          {sideOpen && wide && side}
          {sideOpen && !wide && (
            <Drawer label="Details" onClose={() => setToggled(false)}>
              {side}
            </Drawer>
          )}
        </div>
        {terminal && (
          <Suspense fallback={null}>
            <TerminalPanel
              client={client}
              sessionId={sessionId}
              userId={me.userId}
              wide={wide}
              cross={<Icon name="cross" />}
              control={
                head && <TakeControl client={client} sessionId={sessionId} head={head} userId={me.userId} />
              }
              onClose={() => setTerminal(false)}
            />
          </Suspense>
        )}
      </main>
    </SessionLinksContext>
  );
}
