import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { hibernateSession } from './hibernate.ts';
import { sweepArchives } from './sweep.ts';

const lookEveryMs = 15_000;
const sweepEveryMs = 3_600_000;
const pageCount = 50;

export type HibernatorDeps = {
  store: Store;
  /** Organisations whose sessions this server knows. */
  orgIds: string[];
  hibernateMs: number;
  clock: () => number;
  log: Logger;
};

/**
 * Moves sessions that nobody used for long out of Redis, and removes the archives that they left behind. What it is at
 * when it is stopped may break off anywhere.
 */
export function startHibernator(deps: HibernatorDeps): () => void {
  const { store, hibernateMs, clock, log } = deps;
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  let indexed = false;
  const look = async (closing: AbortSignal) => {
    if (!indexed) await indexSessions(store, deps.orgIds);
    indexed = true;
    await hibernateIdle(deps, closing);
    if (clock() - sweptAtMs < sweepEveryMs || closing.aborted) return;
    sweptAtMs = clock();
    const removed = await sweepArchives(store, sweptAtMs);
    if (removed.length > 0) log.info({ removed }, 'removed archives that no session names');
  };
  const looking = every(Math.min(lookEveryMs, hibernateMs), look, error =>
    log.warn({ err: error }, 'hibernation had trouble'),
  );
  return () => void looking.stop();
}

/** One look at every session that was last used before the time for it. */
export async function hibernateIdle(
  { store, hibernateMs, clock, log }: HibernatorDeps,
  closing?: AbortSignal,
): Promise<void> {
  const idleSinceMs = clock() - hibernateMs;
  const againAtMs = idleSinceMs + Math.min(lookEveryMs, hibernateMs);
  while (!closing?.aborted) {
    const ids = await store.zrangebyscore(orgKeys.hot, '-inf', idleSinceMs, 'LIMIT', 0, pageCount);
    if (ids.length === 0) return;
    for (const sessionId of ids) {
      if (closing?.aborted) return;
      const done = await hibernateSession(store, sessionId, idleSinceMs).catch((error: unknown) => {
        if (!closing?.aborted) log.warn({ err: error, sessionId }, 'a session could not be hibernated');
        return 'busy' as const;
      });
      if (done === 'busy' && (await isHot(store, sessionId)))
        await store.zadd(orgKeys.hot, 'XX', String(againAtMs), sessionId);
      else await forget(store, sessionId);
    }
  }
}

async function forget(store: Store, sessionId: string): Promise<void> {
  await store.zrem(orgKeys.hot, sessionId);
  // It may have been restored between the hibernation and this.
  if (await isHot(store, sessionId)) await store.zadd(orgKeys.hot, 'NX', String(Date.now()), sessionId);
}

const isHot = async (store: Store, sessionId: string) =>
  (await store.exists(sessionKey(sessionId, part.meta))) === 1;

/** Sessions that a crash left out of the index, or that are older than it. */
export async function indexSessions(store: Store, orgIds: string[]): Promise<void> {
  for (const orgId of orgIds)
    for (let start = 0; ; start += pageCount) {
      const end = start + pageCount - 1;
      const page = await store.zrange(orgKeys.sessions(orgId), String(start), String(end), 'WITHSCORES');
      if (page.length === 0) break;
      for (let i = 0; i + 1 < page.length; i += 2)
        if (await isHot(store, page[i] ?? ''))
          await store.zadd(orgKeys.hot, 'NX', page[i + 1] ?? '0', page[i] ?? '');
    }
}
