import type { Act, Look } from '../identity/acting.ts';
import { listGrants, withdrawGrant } from '../policy/grants.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type GrantCommandDeps = { store: Store; visible: Visible; act: Act; look: Look; clock: () => number };

const placeOf = ({ id, orgId, repo }: Meta) => ({ sessionId: id, orgId, repoId: repo });

/** What was permitted in a session, and taking it back. */
export function grantCommands({
  store,
  visible,
  act,
  look,
  clock,
}: GrantCommandDeps): Pick<Handlers, 'grant.list' | 'grant.withdraw'> {
  return {
    ...reading<Pick<Handlers, 'grant.list'>>(look, {
      async 'grant.list'(who, { sessionId }) {
        const seen = await visible.session(who, sessionId);
        return seen.ok ? { ok: true, grants: await listGrants(store, placeOf(seen.meta), clock()) } : seen;
      },
    }),
    async 'grant.withdraw'(who, { sessionId, grantId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const { author: by, actor } = acting;
      const isAdmin = acting.role === 'admin';
      return withdrawGrant(store, placeOf(seen.meta), { grantId, by, actor, nowMs: clock(), isAdmin });
    },
  };
}
