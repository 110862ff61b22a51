import type { Stats } from '@deckhand/shared';
import { count, usd } from '@deckhand/shared/ui';
import { groupings, groupName } from './query.ts';

/** Use of the whole period, by group. */
export function GroupTable({ stats: { groups, groupBy, cost } }: { stats: Stats }) {
  const title = groupings.find(({ value }) => value === groupBy)?.name ?? '';
  const isPriced = cost.turns > cost.unpricedTurns;
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
            <th scope="col">Merged</th>
            {isPriced && <th scope="col">Cost</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ group, prompts, people, sessions, merged, costUsd }) => (
            <tr key={group}>
              <th scope="row">{groupName(groupBy, group)}</th>
              <td>{count(prompts)}</td>
              <td>{count(people)}</td>
              <td>{count(sessions)}</td>
              <td>{count(merged)}</td>
              {isPriced && <td>{usd(costUsd)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
