import type { Stats } from '@deckhand/shared';
import { count, usd } from '@deckhand/shared/ui';
import { groupings, groupName } from './query.ts';
import { percent } from './words.ts';

/** Use of the whole period, by group. */
export function GroupTable({ stats: { groups, groupBy, cost } }: { stats: Stats }) {
  const title = groupings.find(({ value }) => value === groupBy)?.name ?? '';
  const isPriced = cost.turns > cost.unpricedTurns;
  const isAttempts = groupBy === 'attempt';
  const rows = groups.toSorted((a, b) => b.prompts - a.prompts);
  if (rows.length === 0) return <p className="dh-empty">Nothing in this period.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls with the keyboard
    <section className="card table-room" tabIndex={0} aria-label={`By ${title.toLowerCase()}`}>
      <table data-testid="groups">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">Prompts</th>
            <th scope="col">People</th>
            <th scope="col">Sessions</th>
            {isAttempts && <th scope="col">Taken</th>}
            <th scope="col">Merged</th>
            <th scope="col">Share merged</th>
            <th scope="col">Tokens</th>
            {isPriced && <th scope="col">Cost</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ group, prompts, people, sessions, taken, landed, merged, tokens, costUsd }) => (
            <tr key={group}>
              <th scope="row">{groupName(groupBy, group)}</th>
              <td>{count(prompts)}</td>
              <td>{count(people)}</td>
              <td>{count(sessions)}</td>
              {isAttempts && <td>{count(taken)}</td>}
              <td>{count(merged)}</td>
              <td>{percent(sessions === 0 ? null : landed / sessions)}</td>
              <td>{count(tokens)}</td>
              {isPriced && <td>{usd(costUsd)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
