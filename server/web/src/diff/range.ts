import { type DiffRange, idOf } from '@deckhand/shared';
import { useCallback, useState } from 'react';

const TurnId = idOf('turn');

/** What the page's address asks for; anything else is all of it. */
function rangeOf(search: string): DiffRange {
  const asked = new URLSearchParams(search);
  const id = (name: string) => TurnId.safeParse(asked.get(name)).data;
  const turn = id('turn');
  const since = id('since');
  return turn ? { turn } : since ? { since } : {};
}

export const rangeQuery = ({ since, turn }: DiffRange) =>
  turn ? `?turn=${turn}` : since ? `?since=${since}` : '';

/** Which part of a session's diff is shown: it stands in the page's address, so that a link leads to the same. */
export function useRange(): [DiffRange, (range: DiffRange) => void] {
  const [range, setRange] = useState(() => rangeOf(location.search));
  const choose = useCallback((next: DiffRange) => {
    history.replaceState(history.state, '', location.pathname + rangeQuery(next));
    setRange(next);
  }, []);
  return [range, choose];
}
