import type { Stats } from '@deckhand/shared';
import { count } from '@deckhand/shared/ui';
import { percent } from './words.ts';

const stages = [
  { of: 'prompted', name: 'Prompted' },
  { of: 'started', name: 'A turn began' },
  { of: 'changed', name: 'Change opened' },
  { of: 'merged', name: 'Merged' },
] as const;

/** How far the sessions of the period got. */
export function Funnel({ funnel }: { funnel: Stats['funnel'] }) {
  const all = funnel.prompted;
  return (
    <table className="card bars" data-testid="funnel">
      <caption className="dh-hidden">How far sessions got</caption>
      <thead className="dh-hidden">
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">Sessions</th>
          <th scope="col">Of all</th>
        </tr>
      </thead>
      <tbody>
        {stages.map(({ of, name }) => (
          <tr key={of}>
            <th scope="row">{name}</th>
            <td className="bar-room">
              <span className="bar" style={{ inlineSize: all === 0 ? 0 : `${(100 * funnel[of]) / all}%` }} />
              <span className="bar-value">{count(funnel[of])}</span>
            </td>
            <td className="dh-quiet">{percent(all === 0 ? null : funnel[of] / all)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
