import { every } from '../../platform/every.ts';
import { systemActor } from '../../sessions/run/turnWriter.ts';
import { orgKeys } from '../../sessions/store/keys.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { Handover } from './handover.ts';

const mostEveryMs = 30_000;
const mostAtOnce = 20;

type SweepDeps = { store: Store; handover: Handover; leftMs: number; clock: () => number };

/** Hands back what people took and left. */
export async function sweepControl({ store, handover, leftMs, clock }: SweepDeps): Promise<void> {
  for (const sessionId of await store.zrangebyscore(orgKeys.controls, 0, clock(), 'LIMIT', 0, mostAtOnce)) {
    const record = (await readMeta(store, sessionId))?.controlRecord;
    if (record) await handover.handBack(sessionId, record, { actor: systemActor, leftMs });
    await store.zrem(orgKeys.controls, sessionId);
    // Whoever takes it indexes it first: one that came in between is seen now.
    const taken = (await readMeta(store, sessionId))?.controlRecord;
    if (taken) await store.zadd(orgKeys.controls, clock() + leftMs, sessionId);
  }
}

/** Call what it returns to stop. */
export function startControlSweep(deps: SweepDeps, onError: (error: unknown) => void): () => void {
  const sweeping = every(Math.min(mostEveryMs, deps.leftMs), () => sweepControl(deps), onError);
  return () => void sweeping.stop();
}
