import type { ClientFailure } from '@deckhand/shared/client';
import type { SessionLinks } from '@deckhand/shared/ui';
import { useEffect, useMemo, useState } from 'react';
import { client } from '../client.ts';
import { Player } from '../replay/Player.tsx';
import { readLog } from '../replay/readLog.ts';
import { type ReplayLog, replayLog } from '../replay/replayLog.ts';
import { diffFilePath, diffPath, go, replayPath, sessionPath } from '../router.ts';
import { useTitle } from '../useTitle.ts';
import { NotFound, Trouble } from './Messages.tsx';

type Stage =
  | { is: 'reading'; count: number; of: number }
  | { is: 'failed'; failure: ClientFailure }
  | { is: 'read'; log: ReplayLog | null; remarks: string[] };

/** Plays a session from its log. `?at=SEQ` is a moment of it. */
export default function ReplayPage({ sessionId }: { sessionId: string }) {
  const [stage, setStage] = useState<Stage>({ is: 'reading', count: 0, of: 0 });
  const [startSeq] = useState(() => Number(new URLSearchParams(location.search).get('at')) || null);
  useEffect(() => {
    const waiting = new AbortController();
    void readLog(client, sessionId, {
      signal: waiting.signal,
      onProgress: (count, of) => setStage({ is: 'reading', count, of }),
    }).then(read => {
      if (read?.ok) {
        const log = read.events.length > 0 ? replayLog(read.events) : null;
        setStage({ is: 'read', log, remarks: read.remarks });
      } else if (read) setStage({ is: 'failed', failure: read.failure });
    });
    return () => waiting.abort();
  }, [sessionId]);
  const links = useMemo<SessionLinks>(
    () => ({
      artifactUrl: artifactId => client.artifactUrl(sessionId, artifactId),
      attachmentUrl: attachmentId => client.attachmentUrl(sessionId, attachmentId),
      diffUrl: diffPath(sessionId),
      fileUrl: path => diffFilePath(sessionId, path),
      sessionUrl: sessionPath,
      openSession: id => go(sessionPath(id)),
    }),
    [sessionId],
  );
  useTitle('Replay');
  if (stage.is === 'failed')
    return stage.failure.code === 'not_found' ? (
      <NotFound what={stage.failure.message} />
    ) : (
      <Trouble failure={stage.failure} />
    );
  if (stage.is === 'reading')
    return (
      <main>
        <p className="dh-empty" role="status">
          {stage.of === 0
            ? 'Reading the log…'
            : `Reading the log: ${stage.count.toLocaleString('en')} of ${stage.of.toLocaleString('en')} events`}
        </p>
      </main>
    );
  if (!stage.log) return <NotFound what="Nothing has happened in this session yet." />;
  return (
    <Player
      log={stage.log}
      remarks={stage.remarks}
      links={links}
      startSeq={startSeq}
      linkTo={seq => `${location.origin}${replayPath(sessionId)}?at=${seq}`}
      back={
        <a href={sessionPath(sessionId)} className="back" data-testid="back">
          ← <span>Session</span>
        </a>
      }
    />
  );
}
