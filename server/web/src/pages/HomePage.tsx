import type { Me } from '@deckhand/shared';
import { AccountMenu } from '../AccountMenu.tsx';
import { client } from '../client.ts';
import { NeedsYou } from '../NeedsYou.tsx';
import { NewSession } from '../NewSession.tsx';
import { agentsPath, machinePath, statsPath } from '../router.ts';
import { SessionList } from '../sessions/SessionList.tsx';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';

/** Whether there are any at all. */
const askAny = () => client.http['session.list']({ limit: 1 });
const everyMs = 4_000;
const noModels: readonly string[] = [];

/** A new session above, all others below. */
export function HomePage({ me }: { me: Me }) {
  useTitle('Deckhand');
  const { value } = usePolled(askAny, any => (any?.sessions.length ? null : everyMs));
  const isFirst = value?.sessions.length === 0;
  return (
    <main className="home" data-testid="home">
      <header className="home-head">
        <img src="/anchor.svg" alt="" width="28" height="28" />
        <h1>Deckhand</h1>
        <a href={statsPath} className="dh-link" data-testid="to-stats">
          Statistics
        </a>
        <a href={agentsPath} className="dh-link" data-testid="to-agents">
          Agents
        </a>
        <a href={machinePath} className="dh-link" data-testid="to-machine">
          <span className="words-wide">Images and sandboxes</span>
          <span className="words-narrow">Sandboxes</span>
        </a>
        <AccountMenu me={me} />
      </header>
      {isFirst && (
        <p className="home-first" data-testid="first-words">
          Say what should change in a repository. An agent works on it in a sandbox of its own, step by step
          before your eyes, and hands back a branch to look at.
        </p>
      )}
      <NewSession withExamples={isFirst} models={me.models ?? noModels} />
      <NeedsYou />
      <SessionList />
    </main>
  );
}
