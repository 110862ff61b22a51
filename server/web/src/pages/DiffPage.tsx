import type { Me } from '@deckhand/shared';
import '@deckhand/shared/ui/diff.css';
import { useMedia } from '@deckhand/shared/ui';
import { useCallback, useMemo } from 'react';
import { client } from '../client.ts';
import '../css/diff.css';
import { DiffFiles } from '../diff/DiffFiles.tsx';
import { DiffTools } from '../diff/DiffTools.tsx';
import { RangePick } from '../diff/RangePick.tsx';
import { rangeQuery, useRange } from '../diff/range.ts';
import { useDiff } from '../diff/useDiff.ts';
import { sessionPath } from '../router.ts';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';
import { NotFound } from './Messages.tsx';

/** What a session changed, to be read, commented on and taken along. */
export default function DiffPage({ sessionId, me }: { sessionId: string; me: Me }) {
  const [range, setRange] = useRange();
  const { diff, failure, again, loadFile } = useDiff(sessionId, range);
  const askHead = useCallback(() => client.http['session.view']({ sessionId }), [sessionId]);
  const askTurns = useCallback(() => client.http['turn.list']({ sessionId }), [sessionId]);
  const head = usePolled(askHead, known => (known ? 5000 : 3000)).value?.head;
  const turns = usePolled(askTurns, known => (known ? null : 3000)).value?.turns ?? [];
  const edits = useMemo(() => ({ sessionId, onDone: again }), [sessionId, again]);
  const wide = useMedia('(min-width: 1000px)');
  const title = head?.title || 'Session';
  useTitle(`Diff: ${head?.title || 'session'}`);
  if (failure?.code === 'not_found' && !range.since && !range.turn)
    return <NotFound what={failure.message} />;
  const mayWrite = me.scopes.includes('write') && head !== undefined && head.state !== 'archived';
  const pushed = head?.changes.findLast(change => change.state !== 'closed')?.branch ?? null;
  return (
    <main className="diff-page" data-testid="diff-page">
      <header className="session-head diff-head">
        <a href={sessionPath(sessionId)} className="back">
          ← <span>{title}</span>
        </a>
        <h1 className="dh-hidden">Diff of {title}</h1>
        <span className="gap" />
        <RangePick range={range} turns={turns} onPick={setRange} />
        <DiffTools sessionId={sessionId} range={range} branch={pushed} />
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
        {diff?.undone && (
          <p className="diff-said" data-testid="diff-undone">
            This turn was undone by a rewind: its work is not part of the session any more.
          </p>
        )}
        {head?.turn && (
          <p className="diff-said" data-testid="diff-running">
            A turn runs. What it changes shows here when it ends.
          </p>
        )}
        {diff ? (
          <DiffFiles
            key={rangeQuery(range)}
            diff={diff}
            userId={me.userId}
            sessionId={sessionId}
            mayComment={mayWrite}
            wide={wide}
            loadFile={loadFile}
            edits={mayWrite && !range.turn && !head?.turn ? edits : null}
          />
        ) : (
          !failure && <p className="dh-empty">Loading…</p>
        )}
      </div>
    </main>
  );
}
