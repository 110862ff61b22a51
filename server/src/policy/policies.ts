import type { Author, Risk, Role } from '@deckhand/shared';
import type { Store } from '../sessions/store/store.ts';
import { type Decision, decide, type Speaker } from './decide.ts';
import type { Deed } from './deed.ts';
import { type AskedCall, deedOf, type Provenance } from './deedOf.ts';
import { type GrantPlace, grantsOf } from './grants.ts';
import type { Layer } from './policy.ts';
import type { PolicyLayers } from './policyLayers.ts';

/** Whose turn a call is of. */
export type CallOf = Provenance & {
  place: GrantPlace;
  /** Everybody who prompted the turn. */
  authors: readonly Author[];
  /** Of the definitions of whoever works and of those who gave them the work. */
  agents?: readonly Layer[];
};

export type Policies = {
  /** What becomes of a call now. */
  judge(call: AskedCall, of: CallOf): Promise<{ deed: Deed; decision: Decision }>;
  /** How much a call may break; undefined: it only reads. */
  riskOf(call: AskedCall, of: Provenance): Risk | undefined;
};

export type PoliciesDeps = {
  store: Store;
  layers: PolicyLayers;
  /** What somebody is now, whatever they were when they prompted. */
  roleOf: (userId: string) => Promise<Role>;
  clock: () => number;
};

export function openPolicies({ store, layers, roleOf, clock }: PoliciesDeps): Policies {
  return {
    async judge(call, { place, authors, agents = [], untrusted }) {
      const deed = deedOf(call, { untrusted });
      const [known, speakers] = await Promise.all([
        layers.of(place.repoId),
        Promise.all(
          authors.map(async ({ userId }): Promise<Speaker> => ({ userId, role: await roleOf(userId) })),
        ),
      ]);
      const context = { layers: [...known, ...agents], speakers, repo: place.repoId };
      const decision = decide(deed, { ...context, grants: [] });
      // Grants answer only what would be asked: a call that reads need not wait for them.
      if (decision.do !== 'ask') return { deed, decision };
      const grants = await grantsOf(store, place, { authors, nowMs: clock() });
      return { deed, decision: decide(deed, { ...context, grants }) };
    },
    riskOf: (call, of) => deedOf(call, of).risk ?? undefined,
  };
}
