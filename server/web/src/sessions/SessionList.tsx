import type { ListedSession } from '@deckhand/shared';
import { useState } from 'react';
import { client } from '../client.ts';
import { BulkBar } from './BulkBar.tsx';
import { askedBy, type Filters, useFilters } from './filters.ts';
import { ListFilters } from './ListFilters.tsx';
import { SessionRow } from './SessionRow.tsx';
import { type SessionPages, useSessionPages } from './useSessionPages.ts';

/** All sessions that one may see, newest activity first: narrowed down, searched, and tidied up. */
export function SessionList({ current = null }: { /** The one that is open. */ current?: string | null }) {
  const [filters, change] = useFilters();
  const pages = useSessionPages(askedBy(filters));
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const { value, failure, again } = pages;
  const shown = value ? [...value.pinned, ...value.sessions] : [];
  const row = (session: ListedSession) => (
    <SessionRow
      key={session.id}
      session={session}
      current={session.id === current}
      again={again}
      choice={
        chosen && {
          chosen: chosen.has(session.id),
          choose: on =>
            setChosen(new Set([...chosen].filter(id => id !== session.id).concat(on ? session.id : []))),
        }
      }
    />
  );
  return (
    <section className="list" aria-label="Sessions">
      <ListFilters
        filters={filters}
        change={change}
        choosing={chosen !== null}
        onChoose={() => setChosen(chosen ? null : new Set())}
      />
      {chosen && (
        <BulkBar
          chosen={shown.filter(({ id }) => chosen.has(id))}
          shown={shown}
          onChoose={ids => setChosen(new Set(ids))}
          onDone={() => {
            setChosen(null);
            again();
          }}
        />
      )}
      {failure && (
        <p className="problem" role="alert">
          {failure.message}
        </p>
      )}
      {value && shown.length === 0 && !pages.pending && <p className="dh-empty">{emptyText(filters)}</p>}
      {value && value.pinned.length > 0 && (
        <ul className="rows rows-pinned" aria-label="Pinned" data-testid="pinned-list">
          {value.pinned.map(row)}
        </ul>
      )}
      <ul className="rows" data-testid="session-list" aria-busy={pages.pending}>
        {value?.sessions.map(row)}
      </ul>
      {value?.partial && <p className="dh-quiet">Not everything is searched yet.</p>}
      <Rest pages={pages} shown={shown} />
    </section>
  );
}

/** What is below the rows: more of them, and an end to their marks. */
function Rest({ pages, shown }: { pages: SessionPages; shown: readonly ListedSession[] }) {
  const unread = shown.filter(session => session.unread);
  const readAll = async () => {
    for (const { id, last } of unread) await client.http['session.seen']({ sessionId: id, seq: last });
    pages.again();
  };
  return (
    <div className="list-rest">
      {pages.value?.after && (
        <button type="button" className="dh-button" onClick={pages.showMore}>
          Show more
        </button>
      )}
      {unread.length > 0 && (
        <button type="button" className="dh-link" data-testid="read-all" onClick={() => void readAll()}>
          Mark all as read
        </button>
      )}
    </div>
  );
}

function emptyText({ tab, repo, search }: Filters): string {
  if (search.trim() !== '') return 'Nothing found.';
  if (repo !== '') return 'No sessions on this repository.';
  const texts = {
    team: 'No sessions yet.',
    mine: 'You have no sessions yet.',
    running: 'Nothing runs.',
    waiting: 'Nothing waits for you.',
    archived: 'Nothing is archived.',
  };
  return texts[tab];
}
