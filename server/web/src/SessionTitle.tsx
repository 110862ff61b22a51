import { useEffect, useRef, useState } from 'react';
import { client } from './client.ts';
import { usePageAction } from './keys/pageActions.ts';

/** The session's title; whoever may prompt it presses it and types another. */
export function SessionTitle({ sessionId, title }: { sessionId: string; title: string }) {
  const [draft, setDraft] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const isOpen = draft !== null;
  usePageAction('rename', 'Rename this session', () => setDraft(title));
  useEffect(() => {
    if (isOpen) field.current?.select();
  }, [isOpen]);

  const close = () => {
    setDraft(null);
    setTrouble(null);
  };
  const save = async () => {
    const wanted = draft?.trim() ?? '';
    if (wanted === '' || wanted === title) return close();
    const answer = await client.http['session.rename']({ sessionId, title: wanted });
    if (answer.ok) close();
    else setTrouble(answer.message);
  };
  if (!isOpen)
    return (
      <h1>
        <button
          type="button"
          className="session-title"
          title={`${title}\nPress to rename`}
          data-testid="session-title"
          onClick={() => setDraft(title)}
        >
          {title}
        </button>
      </h1>
    );
  return (
    <form
      className="session-rename"
      onSubmit={event => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        ref={field}
        aria-label="Title of this session"
        aria-invalid={trouble !== null}
        maxLength={200}
        value={draft}
        data-testid="session-title-field"
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => event.key === 'Escape' && close()}
        onBlur={() => void save()}
      />
      {trouble && (
        <span role="alert" className="dh-error">
          {trouble}
        </span>
      )}
    </form>
  );
}
