import type { Session } from '@deckhand/shared';
import { Avatar, RelativeTime, standingOf } from '@deckhand/shared/ui';
import { useMemo, useState } from 'react';
import { sessionPath } from './router.ts';
import type { SessionPages } from './useSessionPages.ts';

/** All sessions, newest first; what is typed narrows them down. */
export function SessionList({ pages: { value, failure, showMore } }: { pages: SessionPages }) {
  const [search, setSearch] = useState('');
  const found = useMemo(() => narrow(value?.sessions ?? [], search), [value, search]);
  return (
    <section className="list" aria-label="Sessions">
      <div className="list-head">
        <h2>Sessions</h2>
        {value && value.sessions.length > 0 && (
          <input
            type="search"
            className="search"
            placeholder="Search"
            aria-label="Search sessions"
            data-testid="search"
            value={search}
            onChange={event => setSearch(event.target.value)}
          />
        )}
      </div>
      {failure && (
        <p className="problem" role="alert">
          {failure.message}
        </p>
      )}
      {value && found.length === 0 && (
        <p className="dh-empty">{search ? 'Nothing found.' : 'No sessions yet.'}</p>
      )}
      <ul className="rows" data-testid="session-list">
        {found.map(session => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      {value?.after && (
        <button type="button" className="dh-button more" onClick={showMore}>
          Show more
        </button>
      )}
    </section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const { id, title, repo, authors, updatedAt } = session;
  const { look, word } = standingOf(session);
  return (
    <li>
      <a href={sessionPath(id)} className="row" data-testid="session-row">
        <span className={`dot dot-${look}`} role="img" aria-label={word} title={word} />
        <span className="row-title">{title || 'Untitled'}</span>
        <span className="row-repo">{repo}</span>
        <span className="row-people">
          {authors.slice(0, 3).map(author => (
            <Avatar key={author.userId} person={author} small />
          ))}
        </span>
        <RelativeTime at={updatedAt} />
      </a>
    </li>
  );
}

function narrow(sessions: readonly Session[], search: string): readonly Session[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return sessions;
  return sessions.filter(session => {
    const { title, repo, authors } = session;
    const text = [title, repo, standingOf(session).word, ...authors.map(({ name }) => name)]
      .join(' ')
      .toLowerCase();
    return words.every(word => text.includes(word));
  });
}
