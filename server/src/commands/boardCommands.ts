import { type BoardEntry, newId } from '@deckhand/shared';
import type { Act } from '../identity/acting.ts';
import { removeLine, writeLine } from '../sessions/board/board.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type BoardCommandDeps = { store: Store; visible: Visible; act: Act; clock: () => number };

/** A session's blackboard in the hands of people: what they write settles what agents contradict each other in. */
export function boardCommands({
  store,
  visible,
  act,
  clock,
}: BoardCommandDeps): Pick<Handlers, 'board.write' | 'board.remove'> {
  return {
    async 'board.write'(who, { sessionId, onBehalfOf, ...draft }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const { actor } = acting;
      const createdAt = new Date(clock()).toISOString();
      const entry: BoardEntry = { id: newId('board'), ...draft, source: { actor }, createdAt };
      const written = await writeLine(store, sessionId, { entry, actor });
      return written.ok ? { ok: true, entry } : written;
    },
    async 'board.remove'(who, { sessionId, entryId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      return seen.ok ? removeLine(store, sessionId, { entryId, actor: acting.actor }) : seen;
    },
  };
}
