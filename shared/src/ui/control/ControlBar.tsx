import { useState } from 'react';
import type { Client } from '../../client/index.ts';
import { type Head, limits } from '../../index.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { controlDetail, controlLine } from '../words.ts';
import { useControl } from './useControl.ts';

/** Who has control, before everybody: who has it hands it back, whoever else may takes it over. */
export function ControlBar({
  client,
  sessionId,
  head,
  userId,
}: {
  client: Client;
  sessionId: string;
  head: Head;
  userId: string | undefined;
}) {
  const { busy, problem, take, handBack } = useControl(client, sessionId);
  const [note, setNote] = useState('');
  const { control } = head;
  if (!control) return null;
  const isOwn = control.by.userId === userId;
  return (
    <section className="dh-control" data-testid="control-bar" data-own={isOwn} aria-label="Control">
      <Avatar person={control.by} small />
      <p className="dh-control-words" role="status">
        <strong>{controlLine(control, userId)}.</strong> {controlDetail(head)}
      </p>
      {isOwn ? (
        <form
          className="dh-control-form"
          onSubmit={event => {
            event.preventDefault();
            void handBack(note).then(done => done && setNote(''));
          }}
        >
          <input
            aria-label="Note for the agent"
            placeholder="Note for the agent (optional)"
            data-testid="control-note"
            maxLength={limits.controlNoteChars}
            value={note}
            onChange={event => setNote(event.target.value)}
          />
          <button
            type="submit"
            className="dh-button dh-button-primary"
            data-testid="hand-back"
            disabled={busy}
          >
            Hand back
          </button>
        </form>
      ) : (
        <button
          type="button"
          className="dh-button"
          data-testid="take-over"
          disabled={busy}
          onClick={() => void take()}
        >
          Take over
        </button>
      )}
      {problem && (
        <p className="dh-control-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
