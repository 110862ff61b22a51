import type { ClientFailure } from '@deckhand/shared/client';
import type { ReactNode } from 'react';
import { askWays } from '../signIn.ts';
import { usePolled } from '../usePolled.ts';
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
  const { value } = usePolled(askWays, ways => (ways ? null : 3000));
  const next = encodeURIComponent(location.pathname + location.search);
  const link = (
    <>
      the sign-in link that <code>npm start</code> printed, or run <code>npx deckhand link</code>
    </>
  );
  return (
    <Message title="Sign in to Deckhand" testId="signed-out">
      {value?.github ? (
        <>
          <a
            href={`/auth/github?next=${next}`}
            className="dh-button dh-button-primary"
            data-testid="sign-in-github"
          >
            Sign in with GitHub
          </a>
          <p className="dh-quiet">On the server’s machine: open {link}.</p>
        </>
      ) : (
        <p>Open {link}.</p>
      )}
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
