import type { DiffRange, TurnInfo } from '@deckhand/shared';
import { rangeQuery } from './range.ts';

const mostTitleChars = 60;

/** Which changes are shown: all, those since a turn, or those of one. */
export function RangePick({
  range,
  turns,
  onPick,
}: {
  range: DiffRange;
  turns: readonly TurnInfo[];
  onPick: (range: DiffRange) => void;
}) {
  const newest = turns.toReversed();
  const named = ({ n, title, undone }: TurnInfo) =>
    `${n}: ${title.slice(0, mostTitleChars)}${undone ? ' (undone)' : ''}`;
  const choices = new Map<string, DiffRange>([
    ['', {}],
    ...newest.map(({ turnId }) => [rangeQuery({ turn: turnId }), { turn: turnId }] as const),
    ...newest.map(({ turnId }) => [rangeQuery({ since: turnId }), { since: turnId }] as const),
  ]);
  const value = rangeQuery(range);
  return (
    <select
      className="dh-select diff-range"
      aria-label="Which changes"
      data-testid="diff-range"
      value={value}
      onChange={event => onPick(choices.get(event.target.value) ?? {})}
    >
      <option value="">All changes</option>
      {value !== '' && !choices.has(value) && <option value={value}>One turn</option>}
      {turns.length > 0 && (
        <optgroup label="Only turn">
          {newest.map(turn => (
            <option key={turn.turnId} value={rangeQuery({ turn: turn.turnId })}>
              {named(turn)}
            </option>
          ))}
        </optgroup>
      )}
      {turns.length > 0 && (
        <optgroup label="Since turn">
          {newest.map(turn => (
            <option key={turn.turnId} value={rangeQuery({ since: turn.turnId })}>
              {named(turn)}
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}
