import { RelativeTime } from '@deckhand/shared/ui';
import { useCallback, useState } from 'react';
import { client } from '../client.ts';
import { usePolled } from '../usePolled.ts';

/** Names of a repository's secrets; asked for once somebody wants to know. */
export function SecretList({ repo }: { repo: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="secrets" data-testid="secrets" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Secrets</summary>
      {isOpen && <Names repo={repo} />}
    </details>
  );
}

function Names({ repo }: { repo: string }) {
  const ask = useCallback(() => client.http['secret.list']({ repo }), [repo]);
  const { value, failure } = usePolled(ask, () => 5_000);
  return (
    <>
      {failure && (
        <p className="problem" role="alert">
          {failure.message}
        </p>
      )}
      {value && value.secrets.length > 0 && (
        <ul className="secret-names">
          {value.secrets.map(({ name, phase, setBy, setAt }) => (
            <li key={`${phase} ${name}`} data-testid="secret">
              <code>{name}</code>
              <span className="dh-tag">{phase}</span>
              <span className="dh-quiet">
                set by {setBy}, <RelativeTime at={setAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {value && (
        <p className="dh-quiet">
          {value.secrets.length === 0 && 'None yet. '}
          Set one with <code>npx deckhand secret set NAME --repo {repo} --phase build</code> (for what makes
          images) or <code>--phase run</code> (for every command of sessions). Nobody can read it again.
        </p>
      )}
    </>
  );
}
