import { createContext, useContext } from 'react';
import type { Client } from '../../client/index.ts';
import type { Item } from '../../view/index.ts';

/** What can be done with the turns of the session that is shown. */
export type TurnActions = {
  client: Client;
  sessionId: string;
  /** The turn that the session stands at: there is nothing to rewind behind it. */
  standsAt: string | null;
  /** No turn runs, none waits, and it is not archived. */
  rests: boolean;
  /** An archived session is only forked. */
  archived: boolean;
};

export const TurnActionsContext = createContext<TurnActions | null>(null);

export const useTurnActions = () => useContext(TurnActionsContext);

export function standsAt(items: readonly Item[]): string | null {
  const last = items.findLast(item => item.kind === 'turn.end' && !item.undone);
  return last?.kind === 'turn.end' ? last.turnId : null;
}
