import { HostRule, type RuleLayer } from '@deckhand/sandbox/egress/rules';
import { MayAnswer } from '@deckhand/shared';
import { z } from 'zod';

/** Hosts that a policy names by one word. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  registries: [
    'registry.npmjs.org',
    'registry.yarnpkg.com',
    'jsr.io',
    'npm.jsr.io',
    'pypi.org',
    'files.pythonhosted.org',
    'index.crates.io',
    'static.crates.io',
    'crates.io',
    'proxy.golang.org',
    'sum.golang.org',
    'repo.maven.apache.org',
    'repo1.maven.org',
    'plugins.gradle.org',
    'services.gradle.org',
    'rubygems.org',
    'index.rubygems.org',
    'repo.packagist.org',
    'packagist.org',
    'api.nuget.org',
    'conda.anaconda.org',
    'deb.debian.org',
    'security.debian.org',
    'archive.ubuntu.com',
    'security.ubuntu.com',
    'dl-cdn.alpinelinux.org',
    'nodejs.org',
  ],
  github: ['github.com', 'api.github.com', 'codeload.github.com', '*.githubusercontent.com'],
};

/** A group, a host, or a rule with more. */
const Entry = z.union([z.string().min(1).max(255), HostRule]);
const Entries = z
  .array(Entry)
  .max(500)
  .transform((entries, context) => {
    const rules: HostRule[] = [];
    for (const [index, entry] of entries.entries()) {
      if (typeof entry !== 'string') {
        rules.push(entry);
        continue;
      }
      const hosts = groups[entry] ?? [entry];
      for (const host of hosts) {
        const rule = HostRule.safeParse({ host });
        if (rule.success) rules.push(rule.data);
        else
          context.addIssue({
            code: 'custom',
            path: [index],
            message: rule.error.issues[0]?.message ?? 'no host',
          });
      }
    }
    return rules;
  });

const Part = {
  default: z.enum(['allow', 'deny']).optional(),
  allow: Entries.optional(),
  deny: Entries.optional(),
};

/**
 * The part `egress` of a policy file. With an `allow` list all else is denied, unless `default` says otherwise; a denied
 * default without a list allows the registries.
 */
export const EgressPolicy = z.strictObject({
  ...Part,
  /** Who may allow in a session what is refused there; `nobody`: it is not asked. */
  ask: z.union([MayAnswer, z.literal('nobody')]).default('anyone'),
  /** Instead of the above while an image is built, or in sessions. */
  phases: z
    .strictObject({ build: z.strictObject(Part).optional(), run: z.strictObject(Part).optional() })
    .default({}),
});
export type EgressPolicy = z.infer<typeof EgressPolicy>;
export type Phase = 'build' | 'run';

/** What a policy says for a phase; null where it leaves everything open. */
export function layerOf(policy: EgressPolicy, phase: Phase): RuleLayer | null {
  const special = policy.phases[phase] ?? {};
  const allow = special.allow ?? policy.allow;
  const deny = [...(policy.deny ?? []), ...(special.deny ?? [])];
  const rest = special.default ?? (special.allow ? 'deny' : (policy.default ?? (allow ? 'deny' : 'allow')));
  if (rest === 'allow' && deny.length === 0) return null;
  const registries = (groups.registries ?? []).map(host => ({ host }));
  return { default: rest, allow: allow ?? registries, deny };
}
