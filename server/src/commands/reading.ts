import type { OnBehalfOf } from '@deckhand/shared';
import type { Look } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import type { Handler, Handlers } from './handlers.ts';

/** Handlers of what is read: a token that says for whom it reads is answered what that person may see. */
export function reading<T extends Partial<Handlers>>(look: Look, handlers: T): T {
  const guarded = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (who: Identity, input: { onBehalfOf?: OnBehalfOf }) => {
      const looking = await look(who, input.onBehalfOf);
      if (!looking.ok) return looking;
      return (handler as unknown as Handler<'repo.list'>)(looking.reader, input);
    },
  ]);
  return Object.fromEntries(guarded) as T;
}
