import type { Client } from '@deckhand/shared/client';
import { type ReactNode, useRef } from 'react';
import '../css/terminal.css';
import { openPage } from './emulator.ts';
import { type TerminalShown, useTerminal } from './useTerminal.ts';

/** Keys that a phone's keyboard lacks. */
const keys = [
  { name: 'Esc', text: '\x1b' },
  { name: 'Tab', text: '\t' },
  { name: 'Ctrl C', text: '\x03' },
  { name: 'Ctrl D', text: '\x04' },
  { name: '↑', label: 'Up', text: '\x1b[A' },
  { name: '↓', label: 'Down', text: '\x1b[B' },
] as const;

/** The terminal in a session's sandbox. It is one for everybody: what one types all see. */
export default function TerminalPanel({
  client,
  sessionId,
  userId,
  wide,
  cross,
  control,
  onClose,
}: {
  client: Client;
  sessionId: string;
  userId: string;
  wide: boolean;
  /** Given, so that this chunk shares nothing with the page's own: what is shared would be loaded before `noEval`. */
  cross: ReactNode;
  /** Who has control, and the way to it. */
  control: ReactNode;
  onClose: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const beside = useRef<HTMLButtonElement>(null);
  // On a phone the keyboard would cover it before anything is read.
  const { shown, type, focus, forgetLink } = useTerminal(
    client,
    { sessionId, userId, focuses: wide },
    { place, beside },
  );
  const press = (text: string) => {
    type(text);
    focus();
  };
  const doneWithLink = () => {
    forgetLink();
    focus();
  };
  return (
    <section
      className="session-terminal"
      aria-label="Terminal"
      data-testid="terminal"
      data-state={shown.state}
    >
      <div className="terminal-head">
        <h2>Terminal</h2>
        <p className="terminal-line" role="status" data-testid="terminal-line">
          {lineOf(shown)}
        </p>
        {restarts.has(shown.state) && shown.whyNotType === null && (
          <button type="button" className="dh-button" data-testid="terminal-again" onClick={() => press(' ')}>
            {shown.state === 'asleep' ? 'Wake it' : 'Open again'}
          </button>
        )}
        {control}
        <button
          type="button"
          className="dh-button dh-button-icon"
          ref={beside}
          title="F6 leads here from the terminal"
          aria-label="Close terminal"
          data-testid="close-terminal"
          onClick={onClose}
        >
          {cross}
        </button>
      </div>
      {shown.hiddenLink && (
        <div className="terminal-ask" role="alertdialog" aria-label="Open a link" data-testid="terminal-link">
          <p>
            This text leads to <code>{shown.hiddenLink}</code>
          </p>
          <button
            type="button"
            className="dh-button"
            onClick={() => {
              openPage(shown.hiddenLink ?? '');
              doneWithLink();
            }}
          >
            Open
          </button>
          <button type="button" className="dh-button" onClick={doneWithLink}>
            Cancel
          </button>
        </div>
      )}
      <div className="terminal-screen" ref={place} data-testid="terminal-screen" />
      {!wide && shown.whyNotType === null && (
        <div className="terminal-keys" role="toolbar" aria-label="Keys">
          {keys.map(({ name, text, ...more }) => (
            <button
              type="button"
              className="dh-button"
              key={name}
              aria-label={'label' in more ? more.label : name}
              onClick={() => press(text)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

const restarts: ReadonlySet<string> = new Set(['asleep', 'lost', 'ended', 'failed']);

function lineOf({ state, detail, whyNotType, typists }: TerminalShown): string {
  if (state === 'offline') return 'Connection lost. It comes back by itself.';
  if (state === 'starting') return 'Getting the sandbox ready…';
  if (detail) return detail;
  if (typists.length > 0) return `${typists.join(', ')} ${typists.length === 1 ? 'is' : 'are'} typing`;
  return whyNotType ?? 'Shared with everybody in this session';
}
