import { randomBytes } from 'node:crypto';
import type { Store } from '../../sessions/store/store.ts';

const keptMs = 8 * 24 * 3600_000;
const kept = 2_000;

const keyOf = (repoId: string) => `dh:demand:${repoId}`;

/** Remembers that somebody wanted a sandbox of this repository. */
export async function noteDemand(store: Store, repoId: string, nowMs: number): Promise<void> {
  const key = keyOf(repoId);
  await store
    .pipeline()
    .zadd(key, nowMs, `${nowMs}-${randomBytes(4).toString('hex')}`)
    .zremrangebyrank(key, 0, -kept - 1)
    .pexpire(key, keptMs)
    .exec();
}

/** When sandboxes of it were wanted, oldest first. */
export async function readDemand(store: Store, repoId: string): Promise<number[]> {
  const found = await store.zrange(keyOf(repoId), '0', '-1', 'WITHSCORES');
  return found.filter((_, n) => n % 2 === 1).map(Number);
}
