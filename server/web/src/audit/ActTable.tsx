import type { AuditAct, AuditSubject } from '@deckhand/shared';
import { RelativeTime } from '@deckhand/shared/ui';
import { sessionPath } from '../router.ts';

/** One row for each act, newest first. */
export function ActTable({ acts, onWho }: { acts: AuditAct[]; onWho: (userId: string) => void }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls with the keyboard
    <section className="card table-room" tabIndex={0} aria-label="Acts">
      <table className="audit-table" data-testid="acts">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">End</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {acts.map(act => (
            <Row key={act.seq} act={act} onWho={onWho} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ act, onWho }: { act: AuditAct; onWho: (userId: string) => void }) {
  const { seq, at, who, for: whose, session, outcome, way, address, token, about, hash } = act;
  return (
    <tr title={`Entry ${seq}, ${hash}`}>
      <td>
        <RelativeTime at={at} />
      </td>
      <td>
        <Who who={who} onWho={onWho} />
        {whose && (
          <>
            {' for '}
            <Who who={whose} onWho={onWho} />
          </>
        )}
      </td>
      <td>
        <b>{act.act}</b>{' '}
        {session?.id && (
          <a className="dh-link" href={sessionPath(session.id)}>
            session
          </a>
        )}
        {session && !session.id && <span className="dh-quiet">an erased session</span>}
        <span className="audit-about">
          {Object.entries(about)
            .map(([field, value]) => `${field} ${value}`)
            .join(', ')}
        </span>
      </td>
      <td>
        {outcome === null ? (
          <span className="dh-quiet">not known</span>
        ) : (
          <span className={outcome === 'ok' ? '' : 'audit-refused'}>{outcome}</span>
        )}
      </td>
      <td>
        {way} {address?.id}
        {token && <span className="audit-about">{token}</span>}
      </td>
    </tr>
  );
}

function Who({ who, onWho }: { who: AuditSubject | undefined; onWho: (userId: string) => void }) {
  if (!who) return <span className="dh-quiet">nobody known</span>;
  const { id, name, pseudonym } = who;
  if (id === undefined) return <span className="dh-quiet">erased {pseudonym.slice(0, 8)}</span>;
  return (
    <button
      type="button"
      className="audit-who"
      title={`Only what ${name ?? id} did`}
      onClick={() => onWho(id)}
    >
      {name ?? id}
    </button>
  );
}
