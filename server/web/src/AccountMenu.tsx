import type { Me } from '@deckhand/shared';
import { Avatar } from '@deckhand/shared/ui';
import { type KeyboardEvent, useRef, useState } from 'react';
import { auditPath } from './router.ts';
import { signOut } from './signIn.ts';

/** Who is signed in here, and the way out. */
export function AccountMenu({ me }: { me: Me }) {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    toggle.current?.focus();
  };
  const leave = async () => setProblem(!(await signOut()));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes, wherever within the focus is
    <div className="account" onKeyDown={onKeyDown}>
      <button
        ref={toggle}
        type="button"
        className="dh-button dh-button-icon"
        aria-expanded={open}
        data-testid="account"
        onClick={() => setOpen(!open)}
      >
        <span className="dh-hidden">Account of {me.name}</span>
        <Avatar person={me} small />
      </button>
      {open && (
        <section className="account-menu" aria-label="Account" data-testid="account-menu">
          <p>
            <b>{me.name}</b>
          </p>
          <p className="dh-quiet">{[me.login, me.role].filter(Boolean).join(' · ')}</p>
          {me.github && !me.github.linked && (
            <a href="/auth/github" className="dh-button" data-testid="account-github">
              Sign in with GitHub
            </a>
          )}
          {me.role === 'admin' && (
            <a href={auditPath} className="dh-button" data-testid="account-audit">
              Audit log
            </a>
          )}
          {me.role === 'admin' && !me.github && (
            <a href="/setup/github" className="dh-button" data-testid="account-setup">
              Set up GitHub
            </a>
          )}
          <button type="button" className="dh-button" data-testid="sign-out" onClick={() => void leave()}>
            Sign out
          </button>
          {problem && (
            <p className="dh-error" role="alert">
              The server did not answer. Try again.
            </p>
          )}
        </section>
      )}
    </div>
  );
}
