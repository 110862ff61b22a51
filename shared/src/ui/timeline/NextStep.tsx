import { useState } from 'react';
import type { Outcome } from '../../index.ts';
import { useTurnActions } from './turnActions.ts';

/** What people can do about a turn that did not end well, where the session stands at it and rests. A budget says its own. */
export function NextStep({ turnId, outcome }: { turnId: string; outcome: Outcome }) {
  const actions = useTurnActions();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const isOffered = outcome === 'failed' || outcome === 'stopped';
  if (!actions || !isOffered || !actions.rests || actions.standsAt !== turnId) return null;
  const { client, sessionId } = actions;
  const retry = async () => {
    setBusy(true);
    const answer = await client.command('turn.retry', { sessionId, turnId });
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
  };
  // What was done is kept: the agent goes on from there, and reads what it was asked before.
  const goOn = () => client.send({ sessionId, text: 'Continue.' });
  return (
    <div className="dh-next-step">
      {outcome === 'stopped' && (
        <button type="button" className="dh-button" data-testid="continue" onClick={goOn}>
          Continue
        </button>
      )}
      <button
        type="button"
        className="dh-button"
        data-testid="retry"
        disabled={busy}
        onClick={() => void retry()}
      >
        Retry
      </button>
      {problem && (
        <div className="dh-error" role="alert">
          {problem}
        </div>
      )}
    </div>
  );
}
