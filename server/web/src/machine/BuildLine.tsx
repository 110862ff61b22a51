import type { RepoImage } from '@deckhand/shared';
import { Icon, RelativeTime } from '@deckhand/shared/ui';
import { buildPath } from '../router.ts';
import { buildText } from './words.ts';

/** How the newest build stands, who asked for it, and what came of it. */
export function BuildLine({ repo: { repo, image, build } }: { repo: RepoImage }) {
  if (!build) return null;
  const { state, buildId, startedAt, endedAt, message } = build;
  const isBad = state === 'failed';
  return (
    <div className={isBad ? 'build build-failed' : 'build'} data-testid="build" data-state={state}>
      <div className="build-line">
        {state === 'building' ? (
          <span className="dh-spinner" aria-hidden="true" />
        ) : (
          <Icon name={isBad ? 'warning' : 'check'} />
        )}
        <span role="status">{buildText(build)}</span>
        <RelativeTime at={endedAt ?? startedAt} />
        {/* A look that found nothing new wrote nothing. */}
        {state !== 'unchanged' && (
          <a
            href={buildPath(repo, buildId)}
            className="dh-link"
            aria-label={`Log of the newest build of ${repo}`}
          >
            Log
          </a>
        )}
      </div>
      {message && (
        <p className="build-message" data-testid="build-message">
          {message}
        </p>
      )}
      {isBad && (
        <p>
          {image
            ? 'Sessions still start from the image below.'
            : 'Sessions start from the base image: they clone and install first.'}
        </p>
      )}
    </div>
  );
}
