import { z } from 'zod';
import { coversHost, HostPattern } from './hostNames.ts';
import { matchesPath } from './paths.ts';

const Method = z.string().regex(/^[A-Z][A-Z-]{0,31}$/, 'a method is said in capital letters, as GET');
/** From `/`; a `*` at the end stands for whatever follows. */
const Path = z.string().regex(/^\/[^\s?#*\\]*\*?$/, 'a path begins with / and may end with *');

/**
 * Where a sandbox may go, or may not. With methods or paths it is about requests, which are seen only in plain HTTP, or
 * where the proxy opens the TLS: a rule that could not be held is refused.
 */
export const HostRule = z
  .strictObject({
    host: HostPattern,
    methods: z.array(Method).min(1).optional(),
    paths: z.array(Path).min(1).optional(),
    /** `open`: the proxy opens TLS to it, with a certificate of the deployment's own authority. */
    tls: z.literal('open').optional(),
    /** Plain HTTP only. */
    scheme: z.literal('http').optional(),
  })
  .superRefine((rule, context) => {
    const looks = rule.methods !== undefined || rule.paths !== undefined;
    if (looks && !rule.tls && !rule.scheme)
      context.addIssue({
        code: 'custom',
        message: `methods and paths of ${rule.host} cannot be seen inside of TLS: say "tls: open", and the proxy opens it, or "scheme: http"`,
      });
    if (rule.tls && rule.scheme)
      context.addIssue({ code: 'custom', message: '"tls: open" says nothing of plain HTTP' });
  });
export type HostRule = z.infer<typeof HostRule>;

/** What the proxy puts in the place of its sentinel, towards its hosts and nowhere else. */
export const ProxySecret = z.object({
  name: z.string(),
  sentinel: z.string().min(16),
  /** Absent: somebody has to say yes before it is used. */
  value: z.string().min(8).optional(),
  hosts: z.array(HostPattern).min(1),
  /** Given to requests that bring no authorization of their own. */
  as: z.enum(['bearer', 'basic']).optional(),
  username: z.string().optional(),
});
export type ProxySecret = z.infer<typeof ProxySecret>;

export const HostGrant = z.object({ host: HostPattern, expiresAtMs: z.number().optional() });

/** What one policy says: what it denies, then what it allows, then its default. */
export const RuleLayer = z.object({
  default: z.enum(['allow', 'deny']),
  allow: z.array(HostRule),
  deny: z.array(HostRule),
});
export type RuleLayer = z.infer<typeof RuleLayer>;

/** All that the proxy goes by for one sandbox. Of two the higher `revision` counts. */
export const SandboxRules = z.object({
  sandboxId: z.string(),
  revision: z.number().int().nonnegative(),
  phase: z.enum(['build', 'run']),
  /** Each has to allow it: a narrower one takes away and gives nothing. None: every public host. */
  layers: z.array(RuleLayer),
  grants: z.array(HostGrant),
  secrets: z.array(ProxySecret),
  /** Somebody can be asked for what is refused. */
  asks: z.boolean(),
});
export type SandboxRules = z.infer<typeof SandboxRules>;

/** What a sandbox wants. `tunnel`: what goes through it is not seen yet. */
export type Wanted =
  | { host: string; scheme: 'tunnel' | 'tls' | 'raw' }
  | { host: string; scheme: 'http' | 'https'; method: string; path: string };

export type Judgement = { allowed: true } | { allowed: false; reason: string; askable: boolean };

/** Hosts canonical. What a layer denies stays so whoever granted it; what is granted is allowed; then the layers. */
export function judge(rules: SandboxRules, wanted: Wanted, nowMs: number): Judgement {
  const { host } = wanted;
  const { layers } = rules;
  if (layers.some(({ deny }) => deny.some(rule => isAbout(rule, wanted, 'deny'))))
    return {
      allowed: false,
      reason: `${host} is denied by the policy${requestWords(wanted)}`,
      askable: false,
    };
  const closed = layers.filter(layer => layer.default === 'deny');
  if (closed.length === 0) return { allowed: true };
  // A tunnel of neither TLS nor HTTP could lead on to anywhere, and nobody would see.
  if (wanted.scheme === 'raw')
    return { allowed: false, reason: 'only TLS and HTTP go through a tunnel', askable: false };
  if (rules.grants.some(grant => isStanding(grant, nowMs) && coversHost(grant.host, host)))
    return { allowed: true };
  const missing = closed.find(({ allow }) => !allow.some(rule => isAbout(rule, wanted, 'allow')));
  if (!missing) return { allowed: true };
  const isPartly = missing.allow.some(rule => coversHost(rule.host, host));
  return {
    allowed: false,
    reason: isPartly
      ? `the policy allows only some requests to ${host}${requestWords(wanted)}`
      : `${host} is not on the list of hosts that sandboxes of this repository may reach (${rules.phase})`,
    askable: rules.asks,
  };
}

export const isStanding = ({ expiresAtMs }: { expiresAtMs?: number | undefined }, nowMs: number) =>
  expiresAtMs === undefined || expiresAtMs > nowMs;

const requestWords = (wanted: Wanted) => ('method' in wanted ? `: not ${wanted.method} ${wanted.path}` : '');

/** A tunnel may be what a rule allows as long as nothing is seen of it; it is denied only where all of it is. */
function isAbout(rule: HostRule, wanted: Wanted, kind: 'allow' | 'deny'): boolean {
  if (!coversHost(rule.host, wanted.host)) return false;
  const looks = rule.methods !== undefined || rule.paths !== undefined;
  switch (wanted.scheme) {
    case 'tunnel':
      return kind === 'allow' || (!looks && !rule.scheme);
    case 'raw':
      return !looks && !rule.scheme;
    case 'tls':
      // Requests are asked about again, one by one, where TLS is opened.
      return !rule.scheme && (kind === 'allow' || !looks);
    default:
      if (rule.scheme && wanted.scheme !== 'http') return false;
      // A rule about TLS says nothing of what travels without.
      if (rule.tls && wanted.scheme === 'http') return false;
      if (rule.methods && !rule.methods.includes(wanted.method.toUpperCase())) return false;
      return !rule.paths || matchesPath(rule.paths, wanted.path, kind);
  }
}

/** The secrets that are for a host. */
export const secretsFor = (rules: SandboxRules, host: string): ProxySecret[] =>
  rules.secrets.filter(({ hosts }) => hosts.some(pattern => coversHost(pattern, host)));

/** Whether the proxy has to see what is inside of the TLS to a host. */
export const opensTls = (rules: SandboxRules, host: string): boolean =>
  secretsFor(rules, host).length > 0 ||
  rules.layers
    .flatMap(({ allow, deny }) => [...allow, ...deny])
    .some(({ tls, host: pattern }) => tls && coversHost(pattern, host));

/** Whether it matters that a tunnel leads to the host that was asked for. */
export const restricts = (rules: SandboxRules): boolean =>
  rules.layers.some(layer => layer.default === 'deny' || layer.deny.length > 0);
