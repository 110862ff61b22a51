import type { ListedSession } from '@deckhand/shared';
import type { ClientResult } from '@deckhand/shared/client';
import { Icon } from '@deckhand/shared/ui';
import { type FocusEvent, type KeyboardEvent, useRef, useState } from 'react';
import { client } from '../client.ts';

/** What can be done with a session from where it is listed. */
export function RowMenu({
  session: { id: sessionId, pinned, unread, last, state },
  title,
  onRename,
  again,
}: {
  session: ListedSession;
  title: string;
  onRename: () => void;
  again: () => void;
}) {
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    setSure(false);
    setProblem(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    close();
    toggle.current?.focus();
  };
  const onBlur = (event: FocusEvent) => {
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) close();
  };
  const act = async (done: Promise<ClientResult>) => {
    const answer = await done;
    if (!answer.ok) return setProblem(answer.message);
    close();
    toggle.current?.focus();
    again();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever within the focus is
    <div className="row-menu" onKeyDown={onKeyDown} onBlur={onBlur}>
      <button
        ref={toggle}
        type="button"
        className="dh-button dh-button-icon"
        aria-label={`Actions of ${title}`}
        aria-expanded={open}
        data-testid="row-menu"
        onClick={() => (open ? close() : setOpen(true))}
      >
        <Icon name="more" />
      </button>
      {open && (
        <div className="row-actions" data-testid="row-actions">
          <button
            type="button"
            className="dh-button"
            data-testid="pin"
            onClick={() => void act(client.http['session.pin']({ sessionId, pinned: !pinned }))}
          >
            {pinned ? 'Unpin' : 'Pin'}
          </button>
          <button type="button" className="dh-button" data-testid="rename" onClick={onRename}>
            Rename
          </button>
          {unread && (
            <button
              type="button"
              className="dh-button"
              onClick={() => void act(client.http['session.seen']({ sessionId, seq: last }))}
            >
              Mark as read
            </button>
          )}
          {state !== 'archived' && (
            <button
              type="button"
              className="dh-button"
              data-testid="archive"
              title="It takes no prompts any more"
              onClick={() => (sure ? void act(client.http['session.archive']({ sessionId })) : setSure(true))}
            >
              {sure ? 'Archive for good?' : 'Archive'}
            </button>
          )}
          {problem && (
            <p className="dh-error" role="alert">
              {problem}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
