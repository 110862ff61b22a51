import type { ClientFailure } from '@deckhand/shared/client';
import { useEffect, useState } from 'react';
import { client } from '../client.ts';
import { appendLog, type LogBlock } from './logBlocks.ts';

const everyMs = 500;
const retryMs = 2_000;

export type BuildLog = {
  blocks: readonly LogBlock[];
  /** Nothing more comes. */
  done: boolean;
  failure: ClientFailure | null;
};

/** A build's log from its start, growing while the build runs. */
export function useBuildLog(repo: string, buildId: string): BuildLog {
  const [log, setLog] = useState<BuildLog>({ blocks: [], done: false, failure: null });
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let after = '';
    const look = async () => {
      const piece = await client.http['build.log']({ repo, buildId, after });
      if (over) return;
      if (!piece.ok) {
        setLog(before => ({ ...before, failure: piece }));
        if (piece.retryable) timer = setTimeout(() => void look(), retryMs);
        return;
      }
      after = piece.next;
      const { text, done, more } = piece;
      setLog(({ blocks }) => ({ blocks: appendLog(blocks, text), done, failure: null }));
      if (!done) timer = setTimeout(() => void look(), more ? 0 : everyMs);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [repo, buildId]);
  return log;
}
