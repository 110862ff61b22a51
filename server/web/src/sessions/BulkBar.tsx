import type { ListedSession } from '@deckhand/shared';
import { useState } from 'react';
import { client } from '../client.ts';

/** What is done with several sessions at once. */
export function BulkBar({
  chosen,
  shown,
  onChoose,
  onDone,
}: {
  chosen: readonly ListedSession[];
  shown: readonly ListedSession[];
  onChoose: (ids: readonly string[]) => void;
  onDone: () => void;
}) {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const open = chosen.filter(({ state }) => state !== 'archived');
  const count = `${open.length} ${open.length === 1 ? 'session' : 'sessions'}`;

  const archive = async () => {
    setBusy(true);
    const failed: string[] = [];
    let why = '';
    for (const { id } of open) {
      const answer = await client.http['session.archive']({ sessionId: id });
      if (answer.ok) continue;
      failed.push(id);
      why ||= answer.message;
    }
    setBusy(false);
    setSure(false);
    if (failed.length === 0) return onDone();
    // What could not be archived stays chosen.
    onChoose(failed);
    setProblem(`${failed.length} could not be archived: ${why}`);
  };
  const read = async () => {
    for (const { id, last } of chosen) await client.http['session.seen']({ sessionId: id, seq: last });
    onDone();
  };
  return (
    <div className="bulk" data-testid="bulk">
      <span aria-live="polite">{chosen.length} selected</span>
      <button type="button" className="dh-link" onClick={() => onChoose(shown.map(({ id }) => id))}>
        Select all
      </button>
      <span className="gap" />
      <button
        type="button"
        className="dh-button"
        disabled={chosen.length === 0 || busy}
        onClick={() => void read()}
      >
        Mark as read
      </button>
      <button
        type="button"
        className={`dh-button${sure ? ' dh-button-stop' : ''}`}
        data-testid="bulk-archive"
        disabled={open.length === 0 || busy}
        onClick={() => (sure ? void archive() : setSure(true))}
      >
        {sure ? `Archive ${count} for good` : 'Archive'}
      </button>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
