import {
  Presence,
  type SessionLinks,
  SessionLinksContext,
  SessionPane,
  standingOf,
  useSession,
} from '@deckhand/shared/ui';
import { useMemo } from 'react';
import { Changed } from './Changed.tsx';
import type { SharedProps } from './panelProps.ts';
import { PickList, PickTools } from './picking/PickTools.tsx';
import { useCloseLooks } from './picking/useCloseLooks.ts';

/** One session, as on its page, with what is picked here and what became of it. */
export function SessionView(props: SharedProps & { sessionId: string }) {
  const { client, sessionId, settings, me, picks, onOpen } = props;
  const feed = useSession(client, sessionId);
  useCloseLooks(props);
  const head = feed.view?.head;
  const sessionUrl = `${settings.serverUrl}/sessions/${sessionId}`;
  const links = useMemo<SessionLinks>(
    () => ({
      artifactUrl: artifactId => client.artifactUrl(sessionId, artifactId),
      loadArtifact: artifactId => client.loadArtifact(sessionId, artifactId),
      diffUrl: `${sessionUrl}/diff`,
      sessionUrl: id => `${settings.serverUrl}/sessions/${id}`,
      openSession: onOpen,
    }),
    [client, sessionId, sessionUrl, settings.serverUrl, onOpen],
  );
  if (feed.failure && !feed.view)
    return (
      <main className="door" data-testid="session-trouble">
        <p role="alert">{feed.failure.message}</p>
      </main>
    );
  return (
    <SessionLinksContext value={links}>
      <main className="panel-session" data-testid="session" data-state={head?.state}>
        <div className="panel-title">
          <a
            href={sessionUrl}
            target="_blank"
            rel="noreferrer"
            className="dh-link"
            data-testid="session-page"
          >
            {head?.title || 'Session'}
          </a>
          {head && (
            <span className={`dh-tag dh-tag-${standingOf(head).look}`} data-testid="session-state">
              {standingOf(head).word}
            </span>
          )}
          <Presence people={feed.people} shown={3} />
        </div>
        <SessionPane
          client={client}
          sessionId={sessionId}
          feed={feed}
          me={me ? { userId: me.userId, name: me.name } : undefined}
          models={me?.models}
          extras={{
            tools: <PickTools {...props} />,
            above: (
              <>
                <Changed {...props} view={feed.view} />
                <PickList {...props} />
              </>
            ),
            attach: () => picks.upload(client),
            onSent: () => picks.sent(sessionId),
          }}
        />
      </main>
    </SessionLinksContext>
  );
}
