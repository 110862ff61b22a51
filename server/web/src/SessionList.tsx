import type { Session } from '@deckhand/shared';
import { Avatar, RelativeTime, stateWord } from '@deckhand/shared/ui';
import { useCallback, useMemo, useState } from 'react';
import { client } from './client.ts';
import { Link, sessionPath } from './router.tsx';
import { usePolled } from './usePolled.ts';

const pageSize = 50;
const everyMs = 4000;

/** All sessions, newest first; what is typed narrows them down. */
export function SessionList() {
  const [pages, setPages] = useState(1);
  const ask = useCallback(() => readPages(pages), [pages]);
  const { value, failure } = usePolled(ask, () => everyMs);
  const [search, setSearch] = useState('');
  const found = useMemo(() => narrow(value?.sessions ?? [], search), [value, search]);
  return (
    <section className="list" aria-label="Sessions">
      <div className="list-head">
        <h2>Sessions</h2>
        <input
          type="search"
          className="search"
          placeholder="Search"
          aria-label="Search sessions"
          data-testid="search"
          value={search}
          onChange={event => setSearch(event.target.value)}
        />
      </div>
      {failure && (
        <p className="problem" role="alert">
          {failure.message}
        </p>
      )}
      {value && found.length === 0 && (
        <p className="dh-empty">{search ? 'Nothing found.' : 'No sessions yet. Ask for a change above.'}</p>
      )}
      <ul className="rows" data-testid="session-list">
        {found.map(session => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      {value?.after && (
        <button type="button" className="dh-button more" onClick={() => setPages(pages + 1)}>
          Show more
        </button>
      )}
    </section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const { id, title, state, repo, authors, updatedAt } = session;
  return (
    <li>
      <Link to={sessionPath(id)} className="row" testId="session-row">
        <span
          className={`dot dot-${state}`}
          role="img"
          aria-label={stateWord[state]}
          title={stateWord[state]}
        />
        <span className="row-title">{title || 'Untitled'}</span>
        <span className="row-repo">{repo}</span>
        <span className="row-people">
          {authors.slice(0, 3).map(author => (
            <Avatar key={author.userId} person={author} small />
          ))}
        </span>
        <RelativeTime at={updatedAt} />
      </Link>
    </li>
  );
}

async function readPages(pages: number) {
  const sessions: Session[] = [];
  let after: string | null = null;
  for (let page = 0; page < pages; page++) {
    const answer = await client.http['session.list']({ limit: pageSize, ...(after ? { after } : {}) });
    if (!answer.ok) return answer;
    sessions.push(...answer.sessions);
    after = answer.after;
    if (!after) break;
  }
  return { ok: true as const, sessions, after };
}

function narrow(sessions: readonly Session[], search: string): readonly Session[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return sessions;
  return sessions.filter(({ title, repo, state, authors }) => {
    const text = [title, repo, stateWord[state], ...authors.map(({ name }) => name)].join(' ').toLowerCase();
    return words.every(word => text.includes(word));
  });
}
