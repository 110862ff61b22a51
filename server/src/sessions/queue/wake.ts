import { Queue } from 'bullmq';
import { every } from '../../platform/every.ts';
import { leaseHeld } from '../run/lease.ts';
import { isHeldBack } from '../run/parking.ts';
import { readRunIds } from '../run/runState.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export const wakeQueue = 'wake';

/** Says that a session has work. Said many times it is one job; said while the job runs, one more follows. */
export type Wake = (sessionId: string) => Promise<void>;

export function createWake(connection: Store): { wake: Wake; close(): Promise<void> } {
  const queue = new Queue<{ sessionId: string }>(wakeQueue, {
    connection,
    prefix: 'dh:bull',
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  return {
    async wake(sessionId) {
      await queue.add('wake', { sessionId }, { deduplication: { id: sessionId, keepLastIfActive: true } });
    },
    close: () => queue.close(),
  };
}

/** A wake that was lost with its process is found by looking (DESIGN section 4). */
const sweepEveryMs = 5_000;

/** Wakes indexed sessions that have work and no lease; takes those without work off the index. */
export async function sweep(store: Store, wake: Wake): Promise<void> {
  for (const sessionId of await store.smembers(orgKeys.open)) {
    const [waiting, { turnId }, held] = await Promise.all([
      store.llen(sessionKey(sessionId, part.inbox)),
      readRunIds(store, sessionId),
      isHeldBack(store, sessionId),
    ]);
    if (waiting > 0 || turnId) {
      // Prompts wait behind a parked turn, which waits for somebody, and while a person has control: whatever ends that
      // takes the mark away.
      if (!held && !(await leaseHeld(store, sessionId))) await wake(sessionId);
      continue;
    }
    await store.srem(orgKeys.open, sessionId);
    // A prompt indexes its session before it is appended: one that came in between is seen now.
    if ((await store.llen(sessionKey(sessionId, part.inbox))) > 0) await store.sadd(orgKeys.open, sessionId);
  }
}

/** Call what it returns to stop. */
export function startSweeper(store: Store, wake: Wake, onError: (error: unknown) => void): () => void {
  const sweeping = every(sweepEveryMs, () => sweep(store, wake), onError);
  // Not awaited: while Redis is away a round ends only with its connection.
  return () => void sweeping.stop();
}
