import type { Need, NeedKind } from '@deckhand/shared';
import { RelativeTime, safeUrl } from '@deckhand/shared/ui';
import { useCallback } from 'react';
import { client } from './client.ts';
import { sessionPath } from './router.ts';
import { usePolled } from './usePolled.ts';

const everyMs = 5_000;
const shown = 8;

const kindWord: Record<NeedKind, string> = {
  approval: 'Approve',
  question: 'Answer',
  attempts: 'Compare',
  plan: 'Approve plan',
  change: 'Review',
};

/** What waits for people over all sessions; nothing where nothing does. */
export function NeedsYou() {
  const ask = useCallback(() => client.http['need.list']({}), []);
  const { value } = usePolled(ask, () => everyMs);
  const needs = value?.needs ?? [];
  if (needs.length === 0) return null;
  return (
    <section className="list needs" aria-label="Needs you" data-testid="needs">
      <div className="list-head">
        <h2>Needs you</h2>
      </div>
      <ul className="rows">
        {needs.slice(0, shown).map(need => (
          <NeedRow key={`${need.sessionId} ${need.kind} ${need.text} ${need.url}`} need={need} />
        ))}
      </ul>
      {needs.length > shown && <p className="dh-quiet">and {needs.length - shown} more</p>}
    </section>
  );
}

function NeedRow({ need: { sessionId, title, repo, kind, text, url, at } }: { need: Need }) {
  const href = kind === 'change' && url ? safeUrl(url) : undefined;
  return (
    <li>
      <a
        href={href ?? sessionPath(sessionId)}
        className="row"
        data-testid="need"
        data-kind={kind}
        {...(href?.startsWith('http') ? { target: '_blank', rel: 'noreferrer' } : {})}
      >
        <span className="dh-tag dh-tag-waiting">{kindWord[kind]}</span>
        <span className="row-title" title={text}>
          {text}
        </span>
        <span className="row-repo">{title === text ? repo : [title, repo].filter(Boolean).join(' · ')}</span>
        <RelativeTime at={at} />
      </a>
    </li>
  );
}
