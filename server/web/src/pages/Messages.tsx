import type { ClientFailure } from '@deckhand/shared/client';
import type { ReactNode } from 'react';
import { useTitle } from '../useTitle.ts';

function Message({ title, children, testId }: { title: string; children: ReactNode; testId: string }) {
  useTitle(title);
  return (
    <main className="message" data-testid={testId}>
      <img src="/anchor.svg" alt="" width="40" height="40" />
      <h1>{title}</h1>
      {children}
    </main>
  );
}

export function SignedOut() {
  return (
    <Message title="Sign in to Deckhand" testId="signed-out">
      <p>
        Open the sign-in link that <code>npm start</code> printed, or run <code>npx deckhand link</code>.
      </p>
    </Message>
  );
}

export function NotFound({ what }: { what: string }) {
  return (
    <Message title="Not found" testId="not-found">
      <p>{what}</p>
      <p>
        <a href="/">All sessions</a>
      </p>
    </Message>
  );
}

/** The server's own words, while trying again. */
export function Trouble({ failure }: { failure: ClientFailure }) {
  return (
    <Message title="Deckhand cannot be reached" testId="trouble">
      <p role="alert">{failure.message}</p>
      <p>Trying again…</p>
    </Message>
  );
}

export function Broken() {
  return (
    <Message title="This page came to a halt" testId="broken">
      <p>It may be older than its server. The session goes on; nothing is lost.</p>
      <button type="button" className="dh-button" onClick={() => location.reload()}>
        Reload
      </button>
    </Message>
  );
}
