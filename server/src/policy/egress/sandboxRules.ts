import { canonicalPattern } from '@deckhand/sandbox/egress/hosts';
import type { RuleLayer, SandboxRules } from '@deckhand/sandbox/egress/rules';
import type { Grant } from '@deckhand/shared';
import type { ProxiedSecret } from '../../sandboxes/environments/secrets.ts';
import { type EgressPolicy, layerOf, type Phase } from './egressPolicy.ts';

export type RuleSources = {
  sandboxId: string;
  phase: Phase;
  /** Of the organisation and of the repository, as far as they say anything of egress. */
  policies: readonly EgressPolicy[];
  secrets: readonly ProxiedSecret[];
  /** Of the session; nothing where it is no session's. */
  grants: readonly Grant[];
  /** It is a session's: somebody can be asked. */
  isSessions: boolean;
};

/** What the proxy goes by for a sandbox, all but its revision. */
export function sandboxRules(sources: RuleSources): Omit<SandboxRules, 'revision'> {
  const { sandboxId, phase, policies, secrets, grants, isSessions } = sources;
  // An admin who says what a secret is for says that it may be reached.
  const named = secrets.flatMap(({ proxy }) => proxy.hosts.map(host => ({ host })));
  const layers = policies.flatMap((policy): RuleLayer[] => {
    const layer = layerOf(policy, phase);
    return layer ? [{ ...layer, allow: [...layer.allow, ...named] }] : [];
  });
  // The sandbox is everybody's: one person's grant would be, too.
  const counts = grants.filter(({ for: whose }) => typeof whose === 'string');
  const isGranted = (name: string) => counts.some(({ scope, value }) => scope === 'secret' && value === name);
  return {
    sandboxId,
    phase,
    layers,
    grants: counts
      .filter(({ scope }) => scope === 'network:external' || scope === 'network:registry')
      .flatMap(({ value, expiresAt }) => {
        // Others of that scope are about commands.
        const host = canonicalPattern(value);
        if (host === undefined || host === '*') return [];
        return [{ host, ...(expiresAt ? { expiresAtMs: Date.parse(expiresAt) } : {}) }];
      }),
    secrets: secrets.map(({ name, sentinel, value, proxy }) => ({
      name,
      sentinel,
      hosts: proxy.hosts,
      ...(proxy.as ? { as: proxy.as } : {}),
      ...(proxy.username ? { username: proxy.username } : {}),
      ...(proxy.ask && !isGranted(name) ? {} : { value }),
    })),
    asks: isSessions && whoAllows(policies) !== 'nobody',
  };
}

const strictness = ['anyone', 'author', 'other', 'admin', 'nobody'] as const;

/** Who may allow what is refused: the strictest of what the policies say. */
export const whoAllows = (policies: readonly EgressPolicy[]): EgressPolicy['ask'] =>
  strictness.findLast(each => policies.some(({ ask }) => ask === each)) ?? 'anyone';
