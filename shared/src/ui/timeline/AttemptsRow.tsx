import { useEffect, useState } from 'react';
import type { ShownAttempt, ShownAttempts } from '../../index.ts';
import type { AttemptsItem } from '../../view/index.ts';
import { Markdown } from '../parts/Markdown.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
import { attemptsText, outcomeWord } from '../words.ts';
import { LineRow } from './LineRow.tsx';

const lookEveryMs = 3_000;

/** Attempts at one prompt, side by side: what bears each out, where to look at it, and the way to take it. */
export function AttemptsRow({ item }: { item: AttemptsItem }) {
  const { attempts: acts } = useSessionLinks();
  const [group, setGroup] = useState<ShownAttempts | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const running = item.state === 'working';
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another state there is more to be known
  useEffect(() => {
    if (!acts) return;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      const found = await acts.look(item.groupId);
      if (over) return;
      if (found) setGroup(found);
      if (running || !found) timer = setTimeout(() => void look(), lookEveryMs);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [acts, item.groupId, item.state]);
  const known = new Map(group?.attempts.map(each => [each.childId, each]));
  const act = async (work: Promise<string | null> | undefined) => setFailure((await work) ?? null);
  const mayTake = item.state === 'working' || item.state === 'ready';
  return (
    <section className="dh-attempts" data-testid="attempts" data-state={item.state} aria-label="Attempts">
      <LineRow icon="branch" busy={running} tone={item.state === 'failed' ? 'warning' : 'quiet'}>
        {attemptsText(item)} · {item.title}
        {running && acts && (
          <button
            type="button"
            className="dh-button"
            data-testid="attempts-stop"
            onClick={() => void act(acts.stop(item.groupId))}
          >
            Stop all
          </button>
        )}
      </LineRow>
      <ul className="dh-attempts-list">
        {item.attempts.map(({ n, childId, label, outcome, words }) => (
          <AttemptCard
            key={childId}
            label={label}
            childId={childId}
            shown={known.get(childId)}
            told={words ?? (outcome && outcomeWord[outcome])}
            taken={item.taken?.n === n}
            onPreview={acts?.preview ? () => void act(acts.preview?.(childId)) : null}
            onTake={mayTake && acts ? () => void act(acts.take(item.groupId, n)) : null}
          />
        ))}
      </ul>
      {failure && <p role="alert">{failure}</p>}
    </section>
  );
}

function AttemptCard({
  label,
  childId,
  shown,
  told,
  taken,
  onPreview,
  onTake,
}: {
  label: string;
  childId: string;
  shown: ShownAttempt | undefined;
  told: string | undefined;
  taken: boolean;
  onPreview: (() => void) | null;
  onTake: (() => void) | null;
}) {
  const { sessionUrl, attempts } = useSessionLinks();
  const href = sessionUrl?.(childId);
  const diff = attempts?.diffUrl(childId);
  const words = shown?.words.length ? shown.words : told ? [told] : [];
  const { evidence = null, rank = null, why, state } = shown ?? {};
  const failing = evidence?.checks.filter(({ after }) => after === 'failed') ?? [];
  return (
    <li className="dh-attempt" data-testid="attempt" data-child={childId} data-state={state ?? 'unknown'}>
      <p>
        {rank !== null && <span className="dh-tag">{rank}</span>} <strong>{label}</strong>
        {taken && <span className="dh-tag">Taken</span>}
      </p>
      {state && state !== 'ended' && (
        <p className="dh-quiet">
          {state}
          {why ? `: ${why}` : ''}
        </p>
      )}
      <ul className="dh-attempt-words">
        {words.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {failing.map(({ name, output }) => (
        <details key={name}>
          <summary>What {name} says</summary>
          <pre>{output}</pre>
        </details>
      ))}
      {evidence?.review && evidence.review.findings > 0 && (
        <details>
          <summary>What the reviewer found</summary>
          <Markdown text={evidence.review.text} />
        </details>
      )}
      {shown?.said && (
        <details>
          <summary>Its answer</summary>
          <Markdown text={shown.said} />
        </details>
      )}
      <p className="dh-attempt-links">
        {href && (
          <a className="dh-link" href={href} data-testid="attempt-open">
            Open
          </a>
        )}
        {diff && evidence !== null && evidence.files > 0 && (
          <a className="dh-link" href={diff}>
            Diff
          </a>
        )}
        {onPreview && evidence !== null && evidence.files > 0 && (
          <button type="button" className="dh-link" data-testid="attempt-preview" onClick={onPreview}>
            Preview
          </button>
        )}
        {onTake && rank !== null && (
          <button type="button" className="dh-button" data-testid="attempt-take" onClick={onTake}>
            Take this one
          </button>
        )}
      </p>
    </li>
  );
}
