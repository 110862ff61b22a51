import { NewSession } from '../NewSession.tsx';
import { SessionList } from '../SessionList.tsx';
import { useTitle } from '../useTitle.ts';

/** A new session above, all others below. */
export function HomePage() {
  useTitle('Deckhand');
  return (
    <main className="home" data-testid="home">
      <header className="home-head">
        <img src="/anchor.svg" alt="" width="28" height="28" />
        <h1>Deckhand</h1>
      </header>
      <NewSession />
      <SessionList />
    </main>
  );
}
