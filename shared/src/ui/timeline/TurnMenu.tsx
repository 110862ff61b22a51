import { type KeyboardEvent, useRef, useState } from 'react';
import { newRequestId } from '../../client/index.ts';
import { Icon } from '../parts/Icon.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
import { useTurnActions } from './turnActions.ts';

type Stage = 'closed' | 'open' | 'confirm';
type Answer = { ok: true } | { ok: false; message: string };

/** Going on from the end of a turn: in a new session, or in this one as if what followed had not been. */
export function TurnMenu({ turnId }: { turnId: string }) {
  const actions = useTurnActions();
  const { openSession } = useSessionLinks();
  const [stage, setStage] = useState<Stage>('closed');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  if (!actions) return null;
  const { client, sessionId, archived } = actions;

  const close = () => {
    setStage('closed');
    setProblem(null);
    toggle.current?.focus();
  };
  const run = async <T extends Answer>(ask: () => Promise<T>): Promise<T> => {
    setBusy(true);
    const answer = await ask();
    setBusy(false);
    setProblem(answer.ok ? null : answer.message);
    if (answer.ok) close();
    return answer;
  };
  const fork = async () => {
    const input = { sessionId, turnId, requestId: newRequestId() };
    const forked = await run(() => client.command('session.fork', input));
    if (forked.ok) openSession?.(forked.session.id);
  };
  const rewind = () => run(() => client.command('session.rewind', { sessionId, turnId }));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || stage === 'closed') return;
    event.stopPropagation();
    close();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever within the focus is
    <div className="dh-turn-menu" onKeyDown={onKeyDown}>
      <button
        ref={toggle}
        type="button"
        className="dh-button dh-button-icon"
        aria-label="Fork or rewind"
        aria-expanded={stage !== 'closed'}
        data-testid="turn-menu"
        onClick={() => (stage === 'closed' ? setStage('open') : close())}
      >
        <Icon name="more" />
      </button>
      {stage === 'open' && (
        <div className="dh-turn-choices">
          <button
            type="button"
            className="dh-link"
            data-testid="fork"
            disabled={busy}
            onClick={() => void fork()}
          >
            Fork from here
          </button>
          {turnId !== actions.standsAt && !archived && (
            <button
              type="button"
              className="dh-link"
              data-testid="rewind"
              onClick={() => setStage('confirm')}
            >
              Rewind to here
            </button>
          )}
        </div>
      )}
      {stage === 'confirm' && (
        <fieldset className="dh-turn-choices" data-testid="confirm-rewind">
          <legend className="dh-hidden">Rewind to here</legend>
          <p className="dh-quiet">
            Files and the agent’s memory go back to the end of this turn. Nothing is erased: a rewind can be
            undone.
          </p>
          {/* The focus goes on with whoever came by keyboard. */}
          <button
            ref={button => button?.focus()}
            type="button"
            className="dh-button"
            data-testid="rewind-now"
            disabled={busy}
            onClick={() => void rewind()}
          >
            Rewind
          </button>
          <button type="button" className="dh-link" onClick={close}>
            Cancel
          </button>
        </fieldset>
      )}
      {problem && (
        <div className="dh-error" role="alert" data-testid="turn-problem">
          {problem}
        </div>
      )}
    </div>
  );
}
