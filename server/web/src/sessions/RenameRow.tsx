import { useEffect, useRef, useState } from 'react';
import { client } from '../client.ts';

/** A session's title where it stands in a list, to be typed anew. */
export function RenameRow({
  sessionId,
  title,
  onDone,
}: {
  sessionId: string;
  title: string;
  onDone: () => void;
}) {
  const [draft, setDraft] = useState(title);
  const [trouble, setTrouble] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useEffect(() => field.current?.select(), []);
  const close = () => {
    over.current = true;
    onDone();
  };
  const save = async () => {
    if (over.current) return;
    const wanted = draft.trim();
    if (wanted === '' || wanted === title) return close();
    const answer = await client.http['session.rename']({ sessionId, title: wanted });
    if (answer.ok) close();
    else setTrouble(answer.message);
  };
  return (
    <form
      className="row-rename"
      onSubmit={event => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        ref={field}
        aria-label={`New title of ${title}`}
        aria-invalid={trouble !== null}
        maxLength={200}
        value={draft}
        data-testid="row-title-field"
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape') close();
        }}
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
