import { useContext } from 'react';
import type { DiffTotals, HeadChange } from '../../index.ts';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Linked } from '../parts/Linked.tsx';
import { safeUrl } from '../parts/safeUrl.ts';
import { useSessionLinks } from '../sessionLinks.ts';
import { plural } from '../words.ts';
import { ArtifactPicture, BeforeAfter } from './BeforeAfter.tsx';
import { ChangeNews } from './ChangeNews.tsx';
import { PairsContext } from './screenshots.ts';

const stateWord = { waiting: 'Waiting', open: 'Open', merged: 'Merged', closed: 'Closed' } as const;
/** What comes out of a session: a branch and its pull request, or a branch alone where there is no host for one. */
export function ChangeCard({ change, totals }: { change: HeadChange; totals?: DiffTotals }) {
  const { diffUrl } = useSessionLinks();
  const pairs = useContext(PairsContext);
  const { number, branch, author, state, draft, waits, stack } = change;
  const title = number === undefined ? 'Change' : `Pull request #${number}`;
  const word = state === 'open' && draft ? 'Draft' : stateWord[state];
  const pull = number === undefined ? undefined : safeUrl(change.url);
  const diff = diffUrl ?? (number === undefined ? safeUrl(change.url) : undefined);
  return (
    <article className="dh-change" data-testid="change-card" data-state={state} aria-label={title}>
      <Icon name="branch" />
      <div className="dh-change-body">
        <div className="dh-change-title">
          {pull ? (
            <a href={pull} target="_blank" rel="noopener noreferrer">
              {title}
            </a>
          ) : (
            title
          )}
          <span className={`dh-tag dh-tag-${state}`}>{word}</span>
          {stack && (
            <span className="dh-quiet" data-testid="change-stack">
              {stack.at} of {stack.of}, each on the one before
            </span>
          )}
        </div>
        {change.title && <div>{change.title}</div>}
        {state === 'waiting' && waits && (
          <p className="dh-change-waits" data-testid="change-waits">
            <Linked text={waits} />
          </p>
        )}
        <div className="dh-branch">
          <code data-testid="branch">{branch}</code>
          <CopyButton text={branch} label="Copy branch name" iconOnly testId="copy-branch" />
        </div>
        <ChangeNews change={change} />
        <div className="dh-quiet">
          by {author.name}
          {totals && totals.files > 0 && (
            <>
              {' · '}
              {plural(totals.files, 'file')} <DiffStat {...totals} />
            </>
          )}
        </div>
      </div>
      {pairs.map(({ name, before, after }) => (
        <div key={name} className="dh-change-pictures">
          <BeforeAfter
            before={<ArtifactPicture artifactId={before} alt="Before" />}
            after={<ArtifactPicture artifactId={after} alt="After" />}
          />
        </div>
      ))}
      {diff && (
        <a className="dh-button dh-change-diff" href={diff} data-testid="show-diff">
          Show diff
        </a>
      )}
    </article>
  );
}

/** "+12 −3". */
export function DiffStat({ added, removed }: Pick<DiffTotals, 'added' | 'removed'>) {
  return (
    <span className="dh-stat">
      <span className="dh-added">+{added}</span> <span className="dh-removed">−{removed}</span>
    </span>
  );
}
