import { failure, type Role } from '@deckhand/shared';
import { type Identity, may } from '../identity/identity.ts';
import { parsePolicy } from '../policy/policyFile.ts';
import type { PolicyLayers } from '../policy/policyLayers.ts';
import { tryPolicy } from '../policy/tryPolicy.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type PolicyCommandDeps = {
  store: Store;
  visible: Visible;
  layers: PolicyLayers;
  roleOf: (userId: string) => Promise<Role>;
};

/** Looking at a policy before it is in service. */
export function policyCommands({
  store,
  visible,
  layers,
  roleOf,
}: PolicyCommandDeps): Pick<Handlers, 'policy.check' | 'policy.try'> {
  const parsed = (who: Identity, { text, name }: { text: string; name: string }) =>
    may(who, 'admin')
      ? parsePolicy(name, text)
      : failure('not_found', 'Only an admin may look at what a policy would do.');
  return {
    async 'policy.check'(who, input) {
      const found = parsed(who, input);
      return found.ok ? { ok: true, rules: found.policy.rules.length } : found;
    },
    async 'policy.try'(who, input) {
      const found = parsed(who, input);
      if (!found.ok) return found;
      const page = await visible.sessions(who, { limit: input.sessions });
      if (!page.ok) return page;
      const organisation = { name: input.name, policy: found.policy };
      const { orgId } = who;
      const sessions = page.sessions.map(({ session: { id, repo } }) => ({ id, repo, orgId }));
      return { ok: true, ...(await tryPolicy({ store, layers, roleOf }, organisation, sessions)) };
    },
  };
}
