import type { LineShare } from '@deckhand/shared';
import { count } from '@deckhand/shared/ui';
import { percent } from './words.ts';

/** How much of each repository Deckhand wrote. */
export function LineShares({ lines }: { lines: readonly LineShare[] }) {
  const rows = lines.toSorted((a, b) => (b.counted?.share ?? -1) - (a.counted?.share ?? -1));
  if (rows.length === 0) return <p className="dh-empty">No repository is set up.</p>;
  return (
    <table className="card bars" data-testid="line-shares">
      <caption className="dh-hidden">Lines that Deckhand wrote</caption>
      <thead className="dh-hidden">
        <tr>
          <th scope="col">Repository</th>
          <th scope="col">Share</th>
          <th scope="col">Lines</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ repo, state, counted }) => (
          <tr key={repo}>
            <th scope="row" title={repo}>
              {repo}
            </th>
            <td className="bar-room">
              <span className="bar" style={{ inlineSize: `${100 * (counted?.share ?? 0)}%` }} />
              <span className="bar-value">{counted ? percent(counted.share) : stateWord[state]}</span>
            </td>
            <td className="dh-quiet">
              {counted &&
                `${count(counted.deckhandLines)} of ${count(counted.lines)}${counted.sampled ? `, in ${count(counted.filesLookedAt)} of ${count(counted.files)} files` : ''}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const stateWord = { counting: 'Counting…', counted: '–', failed: 'Could not be counted' } as const;
