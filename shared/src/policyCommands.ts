import { z } from 'zod';
import { MayAnswer } from './approvals.ts';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { Risk } from './permissions.ts';

const count = z.number().int().nonnegative();
/** A policy as its file holds it. */
const text = z.string().max(200_000);
/** What mistakes are named by. */
const name = z.string().min(1).max(300).default('policy.yaml');

/** A call of the past as another policy would take it. */
export const TriedCall = z.object({
  sessionId: idOf('session'),
  seq: count,
  tool: z.string(),
  action: z.string(),
  author: z.string(),
  would: z.enum(['ask', 'refuse']),
  why: z.string(),
  who: MayAnswer.optional(),
  risk: Risk.optional(),
  /** What the policy in service makes of it. */
  now: z.enum(['allow', 'ask', 'refuse']),
});
export type TriedCall = z.infer<typeof TriedCall>;

/** For admins: looking at a policy before it is in service. */
export const policyCommands = {
  'policy.check': {
    input: z.object({ text, name }),
    /** A mistake is the answer's failure: it names file and key. */
    output: z.object({ rules: count }),
    http: http('POST', '/policy/check'),
    socket: false,
  },
  /** Replays it over the newest sessions, as if it were the organisation's, with the grants that counted then. */
  'policy.try': {
    input: z.object({ text, name, sessions: z.number().int().min(1).max(200).default(50) }),
    output: z.object({
      sessions: count,
      calls: count,
      asked: count,
      refused: count,
      /** Of which only the beginning is kept: judged by that. */
      clipped: count,
      /** The first that would be asked or refused. */
      found: z.array(TriedCall),
    }),
    http: { ...http('POST', '/policy/try'), timeoutMs: 60_000 },
    socket: false,
  },
} as const;
