import { z } from 'zod';
import { SandboxRules } from '../rules/sandboxRules.ts';

/** Where the server speaks to the proxy: in memory of its container, which no sandbox mounts. */
export const controlSocket = '/control/control.sock';

/** One JSON text per line, either way. */
export const ToProxy = z.discriminatedUnion('type', [
  /** Answered by `taken` once they count. */
  z.object({ type: z.literal('rules'), rules: SandboxRules }),
  z.object({ type: z.literal('forget'), sandboxId: z.string() }),
  /** All others that were given before `revision` are of sandboxes that are gone. */
  z.object({ type: z.literal('keep'), sandboxIds: z.array(z.string()), revision: z.number() }),
  z.object({ type: z.literal('authority'), certificate: z.string(), key: z.string() }),
  /** Of a `decisions`: they are written down. */
  z.object({ type: z.literal('noted'), batchId: z.string() }),
]);
export type ToProxy = z.infer<typeof ToProxy>;

/** What happened since the last word, the same ones counted. */
export const CountedDecision = z.object({
  sandboxId: z.string(),
  host: z.string(),
  port: z.number().int(),
  outcome: z.enum(['allowed', 'refused']),
  reason: z.string().optional(),
  ask: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('host') }),
      z.object({ kind: z.literal('secret'), name: z.string() }),
    ])
    .optional(),
  secrets: z.array(z.string()).optional(),
  count: z.number().int().positive(),
  /** When it happened last, epoch milliseconds. */
  atMs: z.number(),
});
export type CountedDecision = z.infer<typeof CountedDecision>;

export const FromProxy = z.discriminatedUnion('type', [
  /** First of all: who this is. After a restart it is another, and knows nothing. */
  z.object({ type: z.literal('hello'), proxyId: z.string() }),
  z.object({ type: z.literal('taken'), sandboxId: z.string(), revision: z.number() }),
  /** Sent again, to this server or another, until one says `noted`. */
  z.object({ type: z.literal('decisions'), batchId: z.string(), decisions: z.array(CountedDecision) }),
]);
export type FromProxy = z.infer<typeof FromProxy>;

export type { SandboxRules } from '../rules/sandboxRules.ts';
