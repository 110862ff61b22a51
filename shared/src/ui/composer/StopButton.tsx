import { type KeyboardEvent, useRef, useState } from 'react';
import type { Client } from '../../client/index.ts';
import type { AfterStop, Head } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { plural } from '../words.ts';

const choices: readonly { queue: AfterStop; label: string }[] = [
  { queue: 'hold', label: 'Stop and hold them' },
  { queue: 'run', label: 'Stop and run them' },
  { queue: 'clear', label: 'Stop and cancel them' },
];

/** Stops the turn that runs, and only that one; asks what becomes of prompts that wait. No button when none runs. */
export function StopButton({ client, sessionId, head }: { client: Client; sessionId: string; head: Head }) {
  const [asked, setAsked] = useState<string | null>(null);
  const [choosing, setChoosing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const { turn, queue: waits } = head;
  if (!turn) return null;
  const stopping = asked === turn.turnId || turn.stoppedBy !== undefined;
  const stop = async (queue: AfterStop) => {
    setChoosing(false);
    setAsked(turn.turnId);
    const answer = await client.command('turn.stop', { sessionId, turnId: turn.turnId, queue });
    // `turn_over` says that it has ended already, which is what was wanted.
    if (!answer.ok && answer.code !== 'turn_over') setAsked(null);
  };
  const close = () => {
    setChoosing(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !choosing) return;
    event.stopPropagation();
    close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever within the focus is
    <div className="dh-stop" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className="dh-button dh-button-stop"
        data-testid="stop"
        disabled={stopping}
        aria-expanded={waits.length > 0 ? choosing : undefined}
        onClick={() => (waits.length > 0 ? setChoosing(!choosing) : void stop('run'))}
      >
        <Icon name="stop" /> {stopping ? 'Stopping…' : 'Stop'}
      </button>
      {choosing && !stopping && (
        <fieldset className="dh-stop-choices" data-testid="stop-choices">
          <legend className="dh-quiet">{plural(waits.length, 'prompt')} behind it</legend>
          {choices.map(({ queue, label }, i) => (
            <button
              key={queue}
              // The focus goes on with whoever came by keyboard.
              ref={i === 0 ? first => first?.focus() : undefined}
              type="button"
              className="dh-button"
              data-testid={`stop-${queue}`}
              onClick={() => void stop(queue)}
            >
              {label}
            </button>
          ))}
          <button type="button" className="dh-link" onClick={close}>
            Cancel
          </button>
        </fieldset>
      )}
    </div>
  );
}
