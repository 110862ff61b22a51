import { z } from 'zod';
import { readHash } from './archive/hotOrCold.ts';
import { commit, type Op } from './store/commit.ts';
import { part } from './store/keys.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** A host, or a secret, that people of the session were asked to let through, and how that stands. */
export const Asked = z.object({
  kind: z.enum(['host', 'secret']),
  value: z.string(),
  approvalId: z.string(),
  grantId: z.string(),
  askedAtMs: z.number(),
  state: z.enum(['asked', 'given', 'refused', 'over']),
});
export type Asked = z.infer<typeof Asked>;

const fieldOf = ({ kind, value }: Pick<Asked, 'kind' | 'value'>) => `${kind} ${value}`;

export async function askedOf(store: Store, sessionId: string): Promise<Asked[]> {
  const all = Object.values(await readHash(store, sessionId, part.egressAsked));
  return all.map(text => Asked.parse(JSON.parse(text)));
}

const mostTold = 20;

/**
 * Moves on what was asked for, with a sentence for the agent where it has to hear of it. False where somebody else was
 * quicker: the sentence is told once.
 */
export async function moveAsked(
  store: Store,
  sessionId: string,
  { from, to, tell }: { from: Asked | null; to: Asked; tell?: string },
): Promise<boolean> {
  const field = fieldOf(to);
  const told: Op[] = tell
    ? [
        ['RPUSH', part.egressTold, tell],
        ['LTRIM', part.egressTold, -mostTold, -1],
      ]
    : [];
  const done = await commit(store, sessionId, {
    checks: [
      ...checksOf('egress.noted'),
      ['field', part.egressAsked, field, from ? JSON.stringify(from) : false],
    ],
    ops: [['HSET', part.egressAsked, field, JSON.stringify(to)], ...told],
  });
  return done.ok;
}
