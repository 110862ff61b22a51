import type { ShownChild } from '../../index.ts';
import { Markdown } from '../parts/Markdown.tsx';
import { safeUrl } from '../parts/safeUrl.ts';
import { useSessionLinks } from '../sessionLinks.ts';
import { childText } from '../words.ts';
import { LineRow } from './LineRow.tsx';

/** A session that the agent began: what it does now, and how it ended. */
export function ChildRow({ child }: { child: ShownChild }) {
  const { sessionUrl, openSession } = useSessionLinks();
  const { childId, title, repo, state, end } = child;
  const href = sessionUrl?.(childId);
  const change = end?.change && safeUrl(end.change.url);
  const isBad = state === 'blocked' || end?.outcome === 'failed' || end?.outcome === 'over_budget';
  return (
    <div className="dh-child" data-testid="child" data-state={state} data-child={childId}>
      <LineRow icon="branch" busy={state === 'works'} tone={isBad ? 'warning' : 'quiet'}>
        {href ? (
          <a
            className="dh-link"
            href={href}
            data-testid="child-link"
            onClick={event => {
              if (!openSession || event.metaKey || event.ctrlKey) return;
              event.preventDefault();
              openSession(childId);
            }}
          >
            {title}
          </a>
        ) : (
          title
        )}
        {repo && ` on ${repo}`} · <span data-testid="child-state">{childText(child)}</span>
        {change && (
          <>
            {' · '}
            <a className="dh-link" href={change} target="_blank" rel="noreferrer">
              {end?.change?.number ? `#${end.change.number}` : 'Change'}
            </a>
          </>
        )}
      </LineRow>
      {(end?.question ?? end?.text) && (
        <details className="dh-child-end">
          <summary>{end?.question ? 'Its question' : 'Its answer'}</summary>
          <Markdown text={end?.question ?? end?.text ?? ''} />
        </details>
      )}
    </div>
  );
}
