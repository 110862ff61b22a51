import { type BoardKind, BoardKind as BoardKinds, type BoardLine, limits } from '@deckhand/shared';
import { RelativeTime, safeUrl } from '@deckhand/shared/ui';
import { readBoard } from '@deckhand/shared/view';
import { type FormEvent, useState } from 'react';
import { client } from './client.ts';
import { sessionPath } from './router.ts';

const kindWord: Record<BoardKind, string> = { fact: 'Fact', decision: 'Decision', artifact: 'Artifact' };

/** The session's blackboard: what agents and people wrote down for each other. People write on it, too. */
export function BoardPart({
  sessionId,
  board,
  closed,
}: {
  sessionId: string;
  board: BoardLine[];
  closed: boolean;
}) {
  const [writing, setWriting] = useState<Partial<BoardLine> | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  if (board.length === 0 && closed) return null;
  const { entries, contradicted } = readBoard(board, Date.now());
  const remove = async ({ id }: BoardLine) => {
    const removed = await client.http['board.remove']({ sessionId, entryId: id });
    setFailure(removed.ok ? null : removed.message);
  };
  const line = (entry: BoardLine) => (
    <li key={entry.id} className="side-board" data-testid="board-line" data-kind={entry.kind}>
      <span className="dh-tag">{kindWord[entry.kind]}</span> <strong>{entry.key}</strong>
      <p>{entry.value}</p>
      <p className="dh-quiet">
        <Source entry={entry} /> · <RelativeTime at={entry.createdAt} />
        {entry.ttlMs && (
          <> · until {new Date(Date.parse(entry.createdAt) + entry.ttlMs).toLocaleDateString()}</>
        )}
      </p>
      {!closed && (
        <p className="side-board-actions">
          <button type="button" className="dh-button" onClick={() => setWriting(entry)}>
            Edit
          </button>
          <button
            type="button"
            className="dh-button"
            data-testid="board-remove"
            onClick={() => void remove(entry)}
          >
            Remove
          </button>
        </p>
      )}
    </li>
  );
  return (
    <section className="side-part" aria-label="Blackboard" data-testid="board">
      <div className="side-title">
        <h2>Blackboard</h2>
        {!closed && !writing && (
          <button type="button" className="dh-button" data-testid="board-add" onClick={() => setWriting({})}>
            Add
          </button>
        )}
      </div>
      {board.length === 0 && <p className="dh-quiet">Nothing noted yet.</p>}
      <ul className="side-list">{entries.map(line)}</ul>
      {contradicted.map(lines => (
        <div key={lines[0]?.key} data-testid="board-contradicted">
          <p className="side-blocked">Agents disagree. Write the line anew to settle it.</p>
          <ul className="side-list">{lines.map(line)}</ul>
        </div>
      ))}
      {writing && (
        <BoardForm
          sessionId={sessionId}
          about={writing}
          onDone={() => setWriting(null)}
          onFailure={setFailure}
        />
      )}
      {failure && <p role="alert">{failure}</p>}
    </section>
  );
}

function Source({ entry: { source } }: { entry: BoardLine }) {
  const who = source.actor.kind === 'user' ? (source.actor.name ?? 'Somebody') : 'Agent';
  const url = source.url && safeUrl(source.url);
  return (
    <>
      {source.sessionId ? <a href={sessionPath(source.sessionId)}>{who} of another session</a> : who}
      {url && (
        <>
          {' · '}
          <a href={url} target="_blank" rel="noreferrer">
            Source
          </a>
        </>
      )}
    </>
  );
}

function BoardForm({
  sessionId,
  about,
  onDone,
  onFailure,
}: {
  sessionId: string;
  about: Partial<BoardLine>;
  onDone: () => void;
  onFailure: (message: string | null) => void;
}) {
  const [kind, setKind] = useState<BoardKind>(about.kind ?? 'fact');
  const [key, setKey] = useState(about.key ?? '');
  const [value, setValue] = useState(about.value ?? '');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const written = await client.http['board.write']({ sessionId, kind, key, value });
    onFailure(written.ok ? null : written.message);
    if (written.ok) onDone();
  };
  return (
    <form className="side-board-form" onSubmit={event => void submit(event)}>
      <select
        aria-label="Kind"
        value={kind}
        onChange={event => setKind(BoardKinds.parse(event.target.value))}
      >
        {BoardKinds.options.map(option => (
          <option key={option} value={option}>
            {kindWord[option]}
          </option>
        ))}
      </select>
      <input
        aria-label="What it is about"
        placeholder="What it is about"
        value={key}
        maxLength={100}
        required
        data-testid="board-key"
        onChange={event => setKey(event.target.value)}
      />
      <textarea
        aria-label="What is so"
        placeholder="What is so"
        value={value}
        maxLength={limits.boardValueChars}
        required
        rows={3}
        data-testid="board-value"
        onChange={event => setValue(event.target.value)}
      />
      <p className="side-board-actions">
        <button type="submit" className="dh-button dh-button-primary" data-testid="board-save">
          Save
        </button>
        <button type="button" className="dh-button" onClick={onDone}>
          Cancel
        </button>
      </p>
    </form>
  );
}
