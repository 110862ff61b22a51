import type { ListedSession, SearchHit } from '@deckhand/shared';
import { Avatar, Icon, RelativeTime, standingOf } from '@deckhand/shared/ui';
import { useState } from 'react';
import { sessionPath } from '../router.ts';
import { RenameRow } from './RenameRow.tsx';
import { RowMenu } from './RowMenu.tsx';

type RowProps = {
  session: ListedSession;
  /** It is the one that is open. */
  current: boolean;
  /** Something of it was changed: the list is to be asked for again. */
  again: () => void;
  /** While several are chosen. */
  choice: { chosen: boolean; choose: (on: boolean) => void } | null;
};

/** One session in a list: how it stands, what it is about, and when work last went on. */
export function SessionRow({ session, current, again, choice }: RowProps) {
  const [renaming, setRenaming] = useState(false);
  const { id, repo, authors, activeAt, updatedAt, hit, pinned } = session;
  const { look, word } = standingOf(session);
  const title = session.title || 'Untitled';
  const unread = session.unread && !current;
  if (renaming)
    return (
      <li>
        <RenameRow
          sessionId={id}
          title={title}
          onDone={() => {
            setRenaming(false);
            again();
          }}
        />
      </li>
    );
  return (
    <li className={`row-item${unread ? ' row-unread' : ''}`}>
      {choice && (
        <input
          type="checkbox"
          className="row-choice"
          aria-label={`Select ${title}`}
          data-testid="choose"
          checked={choice.chosen}
          onChange={event => choice.choose(event.target.checked)}
        />
      )}
      <a
        href={sessionPath(id)}
        className="row"
        data-testid="session-row"
        aria-current={current ? 'page' : undefined}
      >
        <span className={`dot dot-${look}`} role="img" aria-label={word} title={word} />
        <span className="row-title" title={title}>
          {hit?.kind === 'title' ? <Marked hit={hit} /> : title}
          {unread && <span className="dh-hidden"> (unread)</span>}
        </span>
        <span className="row-repo">
          {pinned && <Icon name="pin" />}
          {repo}
        </span>
        <span className="row-people">
          {authors.slice(0, 3).map(author => (
            <Avatar key={author.userId} person={author} small />
          ))}
        </span>
        <RelativeTime at={activeAt ?? updatedAt} />
        {hit && hit.kind !== 'title' && (
          <span className="row-hit" data-testid="hit">
            <span className="row-hit-kind">{hit.kind === 'prompt' ? 'Prompt' : 'Answer'}</span>{' '}
            <Marked hit={hit} />
          </span>
        )}
      </a>
      <RowMenu session={session} title={title} onRename={() => setRenaming(true)} again={again} />
    </li>
  );
}

/** The words around what was searched for, with that marked. */
function Marked({ hit: { text, marks } }: { hit: SearchHit }) {
  const ends = [...marks.flat(), text.length];
  return (
    <>
      {ends.map((end, n) => {
        const piece = text.slice(n === 0 ? 0 : ends[n - 1], end);
        return n % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their place
          <mark key={n}>{piece}</mark>
        ) : (
          piece
        );
      })}
    </>
  );
}
