import { z } from 'zod';

/**
 * How far a call reaches: L0 reads, L1 writes in the sandbox, L2 runs in the sandbox, L3 reaches the network, L4 acts
 * outside under somebody's name, L5 cannot be taken back.
 */
export const Level = z.enum(['L0', 'L1', 'L2', 'L3', 'L4', 'L5']);
export type Level = z.infer<typeof Level>;

/** What a permission is for. */
export const Scope = z.enum([
  'file:read',
  'file:write',
  'shell:read',
  'shell:write',
  'network:registry',
  'network:external',
  'push',
  'change',
  'comment',
  'child',
  'secret',
  'budget',
]);
export type Scope = z.infer<typeof Scope>;

/** How much a call may break, with what speaks for it; told to whoever is asked. */
export const Risk = z.object({
  /** 0 (nothing) to 100. */
  score: z.number().int().min(0).max(100),
  level: z.enum(['low', 'medium', 'high']),
  reasons: z.array(z.string().max(300)).max(12),
});
export type Risk = z.infer<typeof Risk>;
