import { Diff } from '@deckhand/shared/ui/diff';
import '@deckhand/shared/ui/diff.css';
import { useCallback } from 'react';
import { client } from '../client.ts';
import { sessionPath } from '../router.ts';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';
import { NotFound } from './Messages.tsx';

/** Everything that a session changed. */
export default function DiffPage({ sessionId }: { sessionId: string }) {
  const askDiff = useCallback(() => client.http['session.diff']({ sessionId }), [sessionId]);
  const askSession = useCallback(() => client.http['session.get']({ sessionId }), [sessionId]);
  // Only a failure is asked for again: a diff that changes under the reader's eyes loses their place.
  const { value, failure, again } = usePolled(askDiff, diff => (diff ? null : 3000));
  const session = usePolled(askSession, known => (known ? null : 3000)).value?.session;
  useTitle(`Diff: ${session?.title ?? 'session'}`);
  if (failure?.code === 'not_found') return <NotFound what={failure.message} />;
  return (
    <main className="diff-page" data-testid="diff-page">
      <header className="session-head">
        <a href={sessionPath(sessionId)} className="back">
          ← <span>{session?.title ?? 'Session'}</span>
        </a>
        <h1 className="dh-hidden">Diff of {session?.title ?? 'a session'}</h1>
        <span className="gap" />
        <button type="button" className="dh-button" onClick={again}>
          Refresh
        </button>
      </header>
      <div className="diff-body">
        {failure && (
          <p className="problem" role="alert">
            {failure.message}
          </p>
        )}
        {value ? <Diff diff={value.diff} /> : !failure && <p className="dh-empty">Loading…</p>}
      </div>
    </main>
  );
}
