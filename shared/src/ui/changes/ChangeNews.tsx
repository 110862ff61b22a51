import type { HeadChange } from '../../index.ts';
import { Icon } from '../parts/Icon.tsx';
import { safeUrl } from '../parts/safeUrl.ts';
import { plural } from '../words.ts';

/** What people and checks say of a pull request. Nothing where nobody said anything yet. */
export function ChangeNews({ change }: { change: HeadChange }) {
  const { reviews, checks } = change;
  const said = [
    reviews && reviews.approved.length > 0 && `Approved by ${names(reviews.approved)}`,
    reviews && reviews.changesRequested.length > 0 && `${names(reviews.changesRequested)} asked for changes`,
    reviews && reviews.commented.length > 0 && `${names(reviews.commented)} commented`,
    reviews && reviews.requested.length > 0 && `Review asked of ${names(reviews.requested)}`,
  ].filter(line => typeof line === 'string');
  const { waiting = 0, cancelled = 0 } = checks ?? {};
  const total = checks ? checks.passed + checks.failed + checks.pending + waiting + cancelled : 0;
  if (said.length === 0 && total === 0) return null;
  return (
    <ul className="dh-change-news" data-testid="change-news">
      {said.map(line => (
        <li key={line}>{line}</li>
      ))}
      {checks && checks.failed > 0 && (
        <li className="dh-bad">
          <Icon name="cross" /> {plural(checks.failed, 'check')} failed:{' '}
          {checks.failing.map(({ name, url }, n) => (
            <span key={name}>
              {n > 0 && ', '}
              {url && safeUrl(url) ? (
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {name}
                </a>
              ) : (
                name
              )}
            </span>
          ))}
        </li>
      )}
      {checks && checks.pending > 0 && <li>{plural(checks.pending, 'check')} running</li>}
      {waiting > 0 && <li>{plural(waiting, 'check')} waiting for somebody to act on GitHub</li>}
      {cancelled > 0 && <li>{plural(cancelled, 'check')} cancelled</li>}
      {checks && total > 0 && checks.passed === total && (
        <li className="dh-ok">
          <Icon name="check" /> {total === 1 ? 'The check passed' : `All ${total} checks passed`}
        </li>
      )}
    </ul>
  );
}

const names = (logins: readonly string[]) => logins.join(', ');
