import { z } from 'zod';

export const EgressOutcome = z.enum(['allowed', 'refused']);
export type EgressOutcome = z.infer<typeof EgressOutcome>;

/** `*` as host: more hosts than are told one by one. */
export const EgressNoted = z.object({
  host: z.string().max(300),
  port: z.number().int(),
  outcome: EgressOutcome,
  count: z.number().int().positive(),
  reason: z.string().max(500).optional(),
  /** Names of secrets that the proxy put in. */
  secrets: z.array(z.string()).max(20).optional(),
});
export type EgressNoted = z.infer<typeof EgressNoted>;

/** One line of a session's egress log: the same decisions of a moment, counted. */
export const EgressLine = EgressNoted.extend({ at: z.iso.datetime({ precision: 3 }), sandboxId: z.string() });
export type EgressLine = z.infer<typeof EgressLine>;
