import { Extent, Level, MayAnswer, Role, Scope } from '@deckhand/shared';
import { z } from 'zod';
import { EgressPolicy } from './egress/egressPolicy.ts';

const listOf = <T extends z.ZodType>(one: T) =>
  z.union([one.transform(value => [value]), z.array(one).min(1).max(50)]);
const names = listOf(z.string().min(1).max(1_000));

/**
 * One rule. It is of a call that needs one of its scopes or levels, for a value that fits one of its patterns, by
 * somebody of one of its roles; what it does not name it does not ask for.
 */
export const Rule = z.strictObject({
  scopes: listOf(Scope).optional(),
  levels: listOf(Level).optional(),
  /** Commands, paths, hosts, branches; `*` stands for anything. */
  match: names.optional(),
  tools: names.optional(),
  roles: listOf(Role).optional(),
  repos: names.optional(),
  do: z.enum(['allow', 'ask', 'refuse']),
  /** Of `ask`: who may answer. */
  who: MayAnswer.default('anyone'),
  /** Told to whoever is asked, and to the agent that is refused. */
  why: z.string().min(1).max(500).optional(),
});
export type Rule = z.infer<typeof Rule>;

const score = z.number().int().min(1).max(100);

/** A policy file. */
export const Policy = z.strictObject({
  /** Read by policy/budgets/. */
  budgets: z.unknown().optional(),
  /** The first that fits decides within this file; what none fits is allowed. */
  rules: z.array(Rule).max(200).default([]),
  /** A call of at least this risk is asked for, or refused. */
  risk: z
    .strictObject({ ask: score.optional(), refuse: score.optional(), who: MayAnswer.default('anyone') })
    .default({ who: 'anyone' }),
  approvals: z
    .strictObject({
      /** What nobody answers for so long is refused. */
      expireMinutes: z
        .number()
        .positive()
        .max(7 * 24 * 60)
        .optional(),
      /** How far a yes may reach; the narrowest file counts. */
      extents: z.array(Extent).optional(),
    })
    .default({}),
  /** What sandboxes reach in the network. */
  egress: EgressPolicy.optional(),
});
export type Policy = z.infer<typeof Policy>;

/** One source of rules, named as people know it. */
export type Layer = { name: string; policy: Policy };

export const emptyPolicy: Policy = Policy.parse({});
