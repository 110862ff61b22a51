import type { SandboxInfo } from '@deckhand/shared';
import { RelativeTime } from '@deckhand/shared/ui';
import { sessionPath } from '../router.ts';
import { ownerText, sandboxStateWord } from './words.ts';

/** The sandboxes that are alive, the newest first. */
export function SandboxRows({
  sandboxes,
  titles,
}: {
  sandboxes: readonly SandboxInfo[];
  titles: ReadonlyMap<string, string>;
}) {
  if (sandboxes.length === 0) return <p className="dh-empty">None is alive now.</p>;
  return (
    <ul className="rows" data-testid="sandboxes">
      {sandboxes.toReversed().map(({ sandboxId, repo, owner, sessionId, state, createdAt }) => (
        <li key={sandboxId} className="sandbox" data-testid="sandbox" title={sandboxId}>
          <span className={`dh-tag${state === 'running' ? ' dh-tag-running' : ''}`}>
            {sandboxStateWord[state]}
          </span>
          <span className="sandbox-owner">
            {sessionId ? (
              <a href={sessionPath(sessionId)}>{titles.get(sessionId) || sessionId}</a>
            ) : (
              ownerText[owner]
            )}
          </span>
          <span className="row-repo">{repo}</span>
          <RelativeTime at={createdAt} />
        </li>
      ))}
    </ul>
  );
}
