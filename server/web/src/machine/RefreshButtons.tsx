import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { client } from '../client.ts';

/** How long the page says that something was asked for, where nothing comes of it. */
const saidMs = 20_000;

type Said = { text: string; isProblem: boolean };

/** Asking for a look at the remote, or for a build from nothing. */
export function RefreshButtons({ repo, onAsked }: { repo: string; onAsked: () => void }) {
  const [confirming, setConfirming] = useState(false);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said | null>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!said || said.isProblem) return;
    const timer = setTimeout(() => setSaid(null), saidMs);
    return () => clearTimeout(timer);
  }, [said]);

  const close = () => {
    setConfirming(false);
    toggle.current?.focus();
  };
  const ask = async (clean: boolean, text: string) => {
    setBusy(true);
    const answer = await client.http['repo.refresh']({ repo, clean });
    setBusy(false);
    setSaid(answer.ok ? { text, isProblem: false } : { text: answer.message, isProblem: true });
    if (clean && answer.ok) close();
    if (answer.ok) onAsked();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && confirming) close();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever within the focus is
    <div className="refresh" onKeyDown={onKeyDown}>
      <div className="refresh-buttons">
        <button
          type="button"
          className="dh-button"
          data-testid="look"
          disabled={busy}
          onClick={() =>
            void ask(false, 'Looking at the remote. If something is new there, a build follows.')
          }
        >
          Check for updates
        </button>
        <button
          ref={toggle}
          type="button"
          className="dh-button"
          aria-expanded={confirming}
          data-testid="rebuild"
          onClick={() => (confirming ? close() : setConfirming(true))}
        >
          Rebuild
        </button>
      </div>
      {confirming && (
        <fieldset className="refresh-confirm" data-testid="confirm-rebuild">
          <legend className="dh-hidden">Rebuild the image of {repo}</legend>
          <p className="dh-quiet">
            Builds from nothing, without what the image before has in its caches. It takes longer; sessions
            start from the image in service until it is done.
          </p>
          {/* The focus goes on with whoever came by keyboard. */}
          <button
            ref={focus}
            type="button"
            className="dh-button"
            data-testid="rebuild-now"
            disabled={busy}
            onClick={() =>
              void ask(true, 'Asked for. Builds run one at a time: it begins when it is its turn.')
            }
          >
            Rebuild now
          </button>
          <button type="button" className="dh-link" onClick={close}>
            Cancel
          </button>
        </fieldset>
      )}
      <p className={said?.isProblem ? 'dh-error' : 'dh-quiet'} role="status" data-testid="refresh-said">
        {said?.text}
      </p>
    </div>
  );
}

const focus = (button: HTMLButtonElement | null) => button?.focus();
