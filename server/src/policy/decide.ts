import type { Extent, Grant, MayAnswer, Risk, Role } from '@deckhand/shared';
import { narrowest } from '../sessions/mayAnswer.ts';
import type { Deed, Need } from './deed.ts';
import type { Layer, Rule } from './policy.ts';
import { matchesWildcard } from './wildcard.ts';

/** Whose turn it is: everybody who prompted it, each with what they are now. */
export type Speaker = { userId: string; role: Role };

export type DecideContext = {
  /** Widest first: the organisation's, the repository's, the agent's. Each may only narrow the ones before. */
  layers: readonly Layer[];
  speakers: readonly Speaker[];
  repo: string | null;
  /** Those that count for this turn (`grantsOf`). */
  grants: readonly Grant[];
};

export type Asked = {
  do: 'ask';
  why: string;
  risk: Risk | null;
  who: MayAnswer;
  extents: readonly Extent[];
  expireMinutes: number;
  /** What a yes for longer than once permits. */
  needs: readonly Need[];
};
export type Decision = { do: 'allow' } | Asked | { do: 'refuse'; why: string };

/** A finding of one rule; the strictest of all counts. */
type Ask = { do: 'ask'; why: string; who: MayAnswer; need: Need };
type Verdict = { do: 'allow' } | Ask | { do: 'refuse'; why: string };

const defaultExpireMinutes = 8 * 60;

/**
 * What becomes of a call. Every layer decides by itself, for each thing that the call needs and for each person whose
 * turn it is; the strictest counts, so that a narrower layer or one more person never widens. Grants answer what would
 * be asked, and nothing that is refused.
 */
export function decide(deed: Deed, context: DecideContext): Decision {
  const verdicts = context.speakers.flatMap(speaker => [
    ...roleVerdicts(deed, speaker),
    ...context.layers.flatMap(layer => layerVerdicts(deed, layer, { ...context, speaker })),
  ]);
  // A turn that is nobody's may do nothing.
  if (context.speakers.length === 0) verdicts.push({ do: 'refuse', why: 'Nobody asked for this turn.' });
  const refused = verdicts.find(verdict => verdict.do === 'refuse');
  if (refused) return refused;
  const open = verdicts.filter(verdict => verdict.do === 'ask').filter(ask => !isGranted(ask, context));
  const [first] = open;
  if (!first) return { do: 'allow' };
  const { extents, expireMinutes } = terms(context.layers);
  const needs = [...new Set(open.map(({ need }) => need))];
  return {
    do: 'ask',
    why: [...new Set(open.map(({ why }) => why))].join(' '),
    risk: deed.risk,
    who: open.map(({ who }) => who).reduce(narrowest),
    // What is known only once it runs cannot be permitted ahead.
    extents: needs.some(({ value }) => value === null) ? ['once'] : extents,
    expireMinutes,
    needs,
  };
}

/** A viewer's words never change anything, whatever a policy says. */
function roleVerdicts({ needs }: Deed, { role }: Speaker): Verdict[] {
  if (role !== 'viewer' || needs.every(({ level }) => level === 'L0')) return [];
  return [{ do: 'refuse', why: 'Whoever prompted this turn may only look on here.' }];
}

type LayerContext = DecideContext & { speaker: Speaker };

function layerVerdicts(deed: Deed, { name, policy }: Layer, context: LayerContext): Verdict[] {
  const found = deed.needs.map((need): Verdict => {
    const rule = policy.rules.find(each => fits(each, deed, need, context));
    if (!rule || rule.do === 'allow') return { do: 'allow' };
    const place = `rule ${policy.rules.indexOf(rule) + 1} of ${name}`;
    const why = rule.why ? `${rule.why} (${place})` : `It needs ${need.scope} (${place}).`;
    return rule.do === 'refuse' ? { do: 'refuse', why } : { do: 'ask', why, who: rule.who, need };
  });
  return [...found, ...riskVerdict(deed, { name, policy })];
}

function riskVerdict({ risk, needs }: Deed, { name, policy }: Layer): Verdict[] {
  const [need] = needs;
  if (!risk || !need) return [];
  const { ask, refuse, who } = policy.risk;
  const why = `Its risk is ${risk.score} of 100 (${name}).`;
  if (refuse !== undefined && risk.score >= refuse) return [{ do: 'refuse', why }];
  return ask !== undefined && risk.score >= ask ? [{ do: 'ask', why, who, need }] : [];
}

function fits(rule: Rule, { tool }: Deed, need: Need, { repo, speaker }: LayerContext): boolean {
  if (rule.scopes && !rule.scopes.includes(need.scope)) return false;
  if (rule.levels && !rule.levels.includes(need.level)) return false;
  if (rule.tools && !rule.tools.some(pattern => matchesWildcard(pattern, tool))) return false;
  if (rule.roles && !rule.roles.includes(speaker.role)) return false;
  if (rule.repos && !(repo && rule.repos.some(pattern => matchesWildcard(pattern, repo)))) return false;
  if (!rule.match) return true;
  const { value } = need;
  // What nobody knows before it runs may be what is asked for or refused, and is never what is allowed.
  if (value === null) return rule.do !== 'allow';
  return rule.match.some(pattern => matchesWildcard(pattern, value));
}

/**
 * Exactly what was granted, or what its pattern takes in: hosts and paths; a command is granted as it stands. A grant
 * answers only who might have given it, and never the giver's own turn where somebody else is to say yes.
 */
function isGranted({ need, who }: Ask, { grants, speakers }: DecideContext): boolean {
  const { scope, value } = need;
  if (value === null) return false;
  const isCommand = scope.startsWith('shell:');
  return grants.some(grant => {
    if (grant.scope !== scope) return false;
    if (grant.value !== value && (isCommand || !matchesWildcard(grant.value, value))) return false;
    const givenBy = grant.who ?? 'anyone';
    if (narrowest(givenBy, who) !== givenBy) return false;
    const another = who === 'other' || who === 'otherAdmin';
    return !another || speakers.every(({ userId }) => userId !== grant.by.userId);
  });
}

/** How far a yes may reach and how long it waits, as the narrowest layer says. */
function terms(layers: readonly Layer[]): { extents: Extent[]; expireMinutes: number } {
  const all: Extent[] = ['once', 'session', 'repository'];
  const named = layers.map(({ policy }) => policy.approvals);
  const minutes = named.flatMap(({ expireMinutes }) => expireMinutes ?? []);
  const extents = all.filter(extent => named.every(approvals => approvals.extents?.includes(extent) ?? true));
  return {
    extents: extents.includes('once') ? extents : ['once', ...extents],
    expireMinutes: minutes.length > 0 ? Math.min(...minutes) : defaultExpireMinutes,
  };
}
