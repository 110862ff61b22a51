import type { KnownAgent } from '@deckhand/shared';
import { agentTools, permissionLine } from '@deckhand/shared/words';
import { useCallback, useState } from 'react';
import { client } from '../client.ts';
import { usePolled } from '../usePolled.ts';
import { useTitle } from '../useTitle.ts';

const everyMs = 5_000;
const askRepos = () => client.http['repo.list']({});

/** Who a prompt may name, what each may use and do, where it is defined, and which files could not be read. */
export function AgentsPage() {
  useTitle('Agents');
  const [repo, setRepo] = useState('');
  const repos = usePolled(askRepos, value => (value ? null : everyMs));
  const ask = useCallback(() => client.http['agent.list'](repo ? { repo } : {}), [repo]);
  const { value, failure } = usePolled(ask, () => everyMs);
  return (
    <main className="machine" data-testid="agents">
      <header className="session-head">
        <a href="/" className="home-link" aria-label="All sessions">
          <img src="/anchor.svg" alt="" width="24" height="24" />
        </a>
        <h1>Agents</h1>
      </header>
      <div className="machine-body">
        <p className="dh-quiet">
          Begin a prompt with a name, <code>@reviewer look at this</code>, and that agent works on it: with
          its own instructions, its own tools, and no more than it may do.
        </p>
        <div className="stats-controls">
          <label className="pick">
            <span className="dh-quiet">Repository</span>
            <select value={repo} data-testid="agents-repo" onChange={event => setRepo(event.target.value)}>
              <option value="">none</option>
              {(repos.value?.repos ?? []).map(({ id }) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          </label>
        </div>
        {failure && (
          <p className="problem" role="alert">
            {failure.message}
          </p>
        )}
        {value?.mistakes.map(({ message, inService }) => (
          <p key={message} className="problem" role="alert" data-testid="agent-mistake">
            {message}
            {inService && ` — ${inService} stays as it was.`}
          </p>
        ))}
        {value?.agents.map(agent => (
          <AgentCard key={agent.id} agent={agent} />
        ))}
      </div>
    </main>
  );
}

function AgentCard({ agent }: { agent: KnownAgent }) {
  const { id, name, role, model, layer, source, version, permissions, memoryScope, instructions } = agent;
  return (
    <section className="card agent" data-testid="agent" data-agent={id}>
      <h2>
        {name} <code>@{id}</code>
      </h2>
      <p>{role}</p>
      <dl className="agent-facts">
        <dt>Model</dt>
        <dd>{model}</dd>
        <dt>Tools</dt>
        <dd>{agentTools(agent)}</dd>
        <dt>May</dt>
        <dd>{permissions.map(permissionLine).join(', ') || 'read'}</dd>
        <dt>Looks up</dt>
        <dd>{memoryScope}</dd>
        <dt>Defined by</dt>
        <dd>
          {layer} · {source} · version <code>{version}</code>
        </dd>
      </dl>
      <details>
        <summary className="dh-link">Instructions</summary>
        <pre className="agent-instructions">{instructions}</pre>
      </details>
    </section>
  );
}
