import type { EgressNoted, Grant } from '@deckhand/shared';
import { egressPath } from '@deckhand/shared/client';
import type { SessionFeed } from '@deckhand/shared/ui';
import { egressOf } from '@deckhand/shared/view';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { client } from './client.ts';

const shown = 12;

/** What a session's sandbox was kept from and what it reached, and what people allowed, which may be withdrawn. */
export function NetworkPart({ sessionId, feed }: { sessionId: string; feed: SessionFeed }) {
  const events = feed.view?.events;
  const places = useMemo(() => egressOf(events ?? []), [events]);
  const said = useMemo(
    () => (events ?? []).filter(event => event?.type.startsWith('grant.')).length,
    [events],
  );
  const { grants, failure, withdraw } = useGrants(sessionId, said);
  if (places.length === 0 && grants.length === 0) return null;
  return (
    <section className="side-part" aria-label="Network" data-testid="network">
      <div className="side-title">
        <h2>Network</h2>
        <a href={egressPath(sessionId)} download={`${sessionId}-egress.jsonl`}>
          Log
        </a>
      </div>
      <ul className="side-list">
        {places.slice(0, shown).map(place => (
          <li key={`${place.host}|${place.port}|${place.outcome}`} title={place.reason}>
            <span className={place.outcome === 'refused' ? 'side-blocked' : 'dh-quiet'}>
              {place.outcome === 'refused' ? 'Blocked' : 'Reached'}
            </span>{' '}
            {nameOf(place)}
          </li>
        ))}
      </ul>
      {places.length > shown && <p className="dh-quiet">and {places.length - shown} more</p>}
      {grants.map(grant => (
        <p key={grant.grantId} className="side-grant" data-testid="grant">
          <span>
            {grant.value} <span className="dh-quiet">{reachOf(grant)}</span>
          </span>
          <button type="button" className="dh-button" data-testid="withdraw" onClick={() => withdraw(grant)}>
            Withdraw
          </button>
        </p>
      ))}
      {failure && <p role="alert">{failure}</p>}
    </section>
  );
}

const nameOf = ({ host, port, count, secrets }: EgressNoted) =>
  [
    host === '*' ? 'other hosts' : port === 443 || port === 0 ? host : `${host}:${port}`,
    count > 1 ? `(${count} times)` : '',
    secrets?.length ? `with ${secrets.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join(' ');

const reachOf = ({ for: whose, expiresAt, by }: Grant) =>
  `allowed by ${by.name}${expiresAt ? `, until ${new Date(expiresAt).toLocaleTimeString()}` : ''}${whose === 'repository' ? ', for the repository' : ''}`;

/** Those that count now; asked for again when the log says that one came or went. */
function useGrants(sessionId: string, said: number) {
  const [grants, setGrants] = useState<Grant[]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  const ask = useCallback(async () => {
    const listed = await client.http['grant.list']({ sessionId });
    if (listed.ok) setGrants(listed.grants);
  }, [sessionId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when one came or went
  useEffect(() => void ask(), [ask, said]);
  const withdraw = async ({ grantId }: Grant) => {
    const done = await client.http['grant.withdraw']({ sessionId, grantId });
    setFailure(done.ok ? null : done.message);
    await ask();
  };
  return { grants, failure, withdraw };
}
