import { useState } from 'react';
import type { Client } from '../../client/index.ts';
import type { Head } from '../../index.ts';
import { heldLine } from '../words.ts';

/** Prompts that a stop held, and the way on. */
export function HeldBar({ client, sessionId, head }: { client: Client; sessionId: string; head: Head }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { queue, queueHeldBy, turn } = head;
  if (queueHeldBy === null || turn || queue.length === 0) return null;
  const release = async () => {
    setBusy(true);
    const answer = await client.command('queue.release', { sessionId });
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
  };
  return (
    <section className="dh-control" data-testid="held-bar" aria-label="Held prompts">
      <p className="dh-control-words" role="status">
        {heldLine(queueHeldBy, queue.length)}
      </p>
      <button
        type="button"
        className="dh-button"
        data-testid="release-queue"
        disabled={busy}
        onClick={() => void release()}
      >
        Run them
      </button>
      {problem && (
        <p className="dh-control-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
