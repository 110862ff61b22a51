import { z } from 'zod';
import { http } from './httpForm.ts';

/** Somebody, a session or an address in the audit log; without `id` it was erased. */
const AuditSubject = z.object({
  pseudonym: z.string(),
  id: z.string().optional(),
  name: z.string().optional(),
});
export type AuditSubject = z.infer<typeof AuditSubject>;

/** Who did what, when, and from where. */
export const AuditAct = z.object({
  seq: z.number(),
  at: z.iso.datetime(),
  /** A command's name, or `sign-in`, `push`, `secret.use` … */
  act: z.string(),
  /** `ok`, or a code of the contract; null while it is under way, or where its server died before its end. */
  outcome: z.string().nullable(),
  who: AuditSubject.optional(),
  /** For whom, where a token acts for somebody. */
  for: AuditSubject.optional(),
  session: AuditSubject.optional(),
  way: z.string(),
  address: AuditSubject.optional(),
  token: z.string().optional(),
  about: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  hash: z.string(),
});
export type AuditAct = z.infer<typeof AuditAct>;

export const AuditQuery = z.object({
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  /** A command, or its first part: `secret` finds `secret.set` and `secret.use`. */
  act: z.string().max(60).optional(),
  /** A userId. */
  who: z.string().max(200).optional(),
  sessionId: z.string().max(60).optional(),
  outcome: z.enum(['ok', 'refused']).optional(),
  /** `before` of the page before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

/** Where the chain ends: `seq:hash`, as `audit.verify` answers it. */
const Anchor = z.string().regex(/^\d{1,15}:[0-9a-f]{64}$/, 'an end is written as seq:hash');

/** The audit log, for admins. */
export const auditCommands = {
  'audit.list': {
    input: AuditQuery,
    /** Newest first; `before` of the next page, null at the end. */
    output: z.object({ acts: z.array(AuditAct), before: z.number().nullable() }),
    http: http('GET', '/audit'),
    socket: false,
  },
  /** Walks the whole chain; the end it answers, written down elsewhere, shows later that nothing before it was cut off. */
  'audit.verify': {
    input: z.object({ anchor: Anchor.optional() }),
    output: z.object({
      entries: z.number(),
      end: z.string(),
      fault: z.object({ seq: z.number(), what: z.string() }).nullable(),
    }),
    http: { ...http('GET', '/audit/verify'), timeoutMs: 120_000 },
    socket: false,
  },
} as const;
