import { useState } from 'react';
import type { Client } from '../../client/index.ts';
import type { Head } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';

/** Stops the turn that runs, and only that one; there is no button when none runs. */
export function StopButton({
  client,
  sessionId,
  turn,
}: {
  client: Client;
  sessionId: string;
  turn: Head['turn'];
}) {
  const [asked, setAsked] = useState<string | null>(null);
  if (!turn) return null;
  const stopping = asked === turn.turnId;
  const stop = async () => {
    setAsked(turn.turnId);
    const answer = await client.command('turn.stop', { sessionId, turnId: turn.turnId });
    // `turn_over` says that it has ended already, which is what was wanted.
    if (!answer.ok && answer.code !== 'turn_over') setAsked(null);
  };
  return (
    <button
      type="button"
      className="dh-button dh-button-stop"
      data-testid="stop"
      disabled={stopping}
      onClick={() => void stop()}
    >
      <Icon name="stop" /> {stopping ? 'Stopping…' : 'Stop'}
    </button>
  );
}
