import type { ChangedFile, HeadChange } from '../index.ts';
import { Icon } from './Icon.tsx';
import { plural } from './words.ts';

const stateWord = { open: 'Open', merged: 'Merged', closed: 'Closed' } as const;
/** A change's address comes from a repository host: only web addresses and our own pages become links. */
export const safeUrl = (url: string) => (/^(https?:\/\/|\/(?!\/))/.test(url) ? url : undefined);

/** What comes out of a session: a branch and its pull request. */
export function ChangeCard({ change, files }: { change: HeadChange; files: readonly ChangedFile[] }) {
  const title = change.number === undefined ? 'Change' : `Pull request #${change.number}`;
  const href = safeUrl(change.url);
  return (
    <section className="dh-change" data-testid="change-card" data-state={change.state} aria-label={title}>
      <Icon name="branch" />
      <div className="dh-change-body">
        <div className="dh-change-title">
          {href ? (
            <a
              href={href}
              {...(href.startsWith('/') ? {} : { target: '_blank', rel: 'noopener noreferrer' })}
            >
              {title}
            </a>
          ) : (
            title
          )}
          <span className={`dh-tag dh-tag-${change.state}`}>{stateWord[change.state]}</span>
        </div>
        <code className="dh-branch">{change.branch}</code>
        <div className="dh-quiet">
          by {change.author.name}
          {files.length > 0 && (
            <>
              {' · '}
              {plural(files.length, 'file')} <DiffStat files={files} />
            </>
          )}
        </div>
      </div>
    </section>
  );
}

/** "+12 −3" over all files. */
export function DiffStat({ files }: { files: readonly Pick<ChangedFile, 'added' | 'removed'>[] }) {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return (
    <span className="dh-stat">
      <span className="dh-added">+{added}</span> <span className="dh-removed">−{removed}</span>
    </span>
  );
}
