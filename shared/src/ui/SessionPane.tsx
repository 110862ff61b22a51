import { type ReactNode, useMemo, useRef } from 'react';
import type { Client } from '../client/index.ts';
import type { Attachment, Author } from '../index.ts';
import { Composer } from './Composer.tsx';
import { ConnectionLine } from './ConnectionLine.tsx';
import { TypingLine } from './Presence.tsx';
import { Question } from './Question.tsx';
import { Queue } from './Queue.tsx';
import { StopButton } from './StopButton.tsx';
import { Timeline } from './Timeline.tsx';
import { standsAt, TurnActionsContext } from './turnActions.ts';
import type { SessionFeed } from './useSession.ts';

/** Typing is told at most this often. */
const typingEveryMs = 3000;

/** What a client has that a page has not: tools in the composer, and what goes with each prompt. */
export type PaneExtras = {
  tools?: ReactNode;
  /** Above the composer. */
  above?: ReactNode;
  /** More attachments for what is sent; null: it cannot be sent now. */
  attach?: () => Promise<Attachment[] | null>;
  onSent?: () => void;
};

/** A session's timeline with its composer: the page's middle, the side panel's whole. */
export function SessionPane({
  client,
  sessionId,
  feed,
  me,
  extras,
}: {
  client: Client;
  sessionId: string;
  feed: SessionFeed;
  me: Author | undefined;
  extras?: PaneExtras;
}) {
  const { view, status, people, unsent, loadOlder } = feed;
  const told = useRef(0);
  const onType = () => {
    if (Date.now() - told.current < typingEveryMs) return;
    told.current = Date.now();
    client.tell('typing', { sessionId });
  };
  const send = async (text: string, attachments: Attachment[]) => {
    const more = await (extras?.attach?.() ?? []);
    if (more === null) return false;
    client.send({ sessionId, text, attachments: [...attachments, ...more] });
    extras?.onSent?.();
    return true;
  };
  const answer = (text: string) => client.send({ sessionId, text });
  const head = view?.head;
  const archived = head?.state === 'archived';
  const standing = standsAt(view?.items ?? []);
  const turnActions = useMemo(
    () => ({ client, sessionId, standsAt: standing, archived }),
    [client, sessionId, standing, archived],
  );
  const asks = head?.question && !head.turn && head.queue.length === 0 && unsent.length === 0;
  return (
    <div className="dh-pane">
      {view ? (
        <TurnActionsContext value={turnActions}>
          <Timeline view={view} loadOlder={loadOlder}>
            <Queue
              client={client}
              sessionId={sessionId}
              head={view.head}
              unsent={unsent}
              me={me}
              online={status !== 'offline'}
            />
          </Timeline>
        </TurnActionsContext>
      ) : (
        <div className="dh-timeline-frame">
          <p className="dh-empty">Loading…</p>
        </div>
      )}
      <div className="dh-foot">
        <div className="dh-foot-column">
          <div className="dh-foot-line">
            <TypingLine people={people} me={me?.userId} />
            <ConnectionLine status={status} />
          </div>
          {asks && head.question && (
            <Question question={head.question} choices={head.choices} onAnswer={answer} />
          )}
          {extras?.above}
          {archived ? (
            <p className="dh-empty">This session is archived.</p>
          ) : (
            <Composer
              label="Prompt"
              placeholder={placeholderOf(Boolean(head?.turn), Boolean(asks))}
              keepAs={sessionId}
              upload={client.uploadAttachment}
              onSend={send}
              tools={extras?.tools}
              onType={onType}
              sendLabel={head?.turn ? 'Queue' : 'Send'}
              actions={<StopButton client={client} sessionId={sessionId} turn={head?.turn ?? null} />}
              autoFocus
            />
          )}
        </div>
      </div>
    </div>
  );
}

function placeholderOf(running: boolean, asked: boolean): string {
  if (asked) return 'Answer in your own words';
  return running ? 'Add a prompt; it runs after this turn' : 'Ask for a change';
}
