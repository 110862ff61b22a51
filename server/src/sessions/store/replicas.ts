import type { Store } from './store.ts';

/** How long an answer waits for a replica. Beside each other they are a millisecond apart. */
const waitMs = 1_000;
/** After it waited in vain nobody waits for so long: each wait holds up everybody on its connection. */
const restMs = 15_000;

/**
 * Waits until a replica has what was written on this connection so far: what is acknowledged survives a failover. Where
 * no replica answers, Redis is asked no more for a while and `onMissing` is told: whether it then still takes writes is
 * its own setting (`min-replicas-to-write`).
 */
export function replicaWait(
  store: Pick<Store, 'wait'>,
  { clock, onMissing }: { clock: () => number; onMissing: () => void },
): () => Promise<void> {
  let restsUntilMs = 0;
  return async () => {
    if (clock() < restsUntilMs) return;
    // Where the connection breaks meanwhile, nobody can say which server has what: the caller is told so, and asks again.
    if ((await store.wait(1, waitMs)) > 0) return;
    restsUntilMs = clock() + restMs;
    onMissing();
  };
}
