import { useMemo } from 'react';
import { type Client, newRequestId } from '../../client/index.ts';

/** The server holds a warm-up for five minutes; a little before that a new one is asked for. */
const heldMs = 4.5 * 60_000;

type Warmup = { startedAt: number; warmupId: string | null };

/** Sandboxes being made ready while somebody types: one for each repository. */
export function useWarmup(client: Client) {
  return useMemo(() => {
    const warmups = new Map<string, Warmup>();
    const fresh = (repo: string) => {
      const warmup = warmups.get(repo);
      return warmup && Date.now() - warmup.startedAt < heldMs ? warmup : null;
    };
    return {
      start(repo: string): void {
        if (fresh(repo)) return;
        const warmup: Warmup = { startedAt: Date.now(), warmupId: null };
        warmups.set(repo, warmup);
        void client.command('warmup', { requestId: newRequestId(), repo }).then(answer => {
          if (answer.ok) warmup.warmupId = answer.warmupId;
          else warmups.delete(repo);
        });
      },
      /** None when there is none yet: a session never waits for it. */
      of: (repo: string) => fresh(repo)?.warmupId ?? null,
    };
  }, [client]);
}
