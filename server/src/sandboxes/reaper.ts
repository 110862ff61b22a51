import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { readMeta } from '../sessions/meta.ts';
import { fallAsleep } from '../sessions/sleep.ts';
import type { Store } from '../sessions/store.ts';
import type { Ownership, OwnershipRecords } from './ownership.ts';
import type { Sandboxes } from './sandboxes.ts';

const everyMs = 15_000;
/** DESIGN I5: nothing outlives its owner's record by more than two minutes. */
const orphanMs = 60_000;

export type ReaperDeps = {
  store: Store;
  sandboxes: Sandboxes;
  records: OwnershipRecords;
  metrics: Metrics;
  idleMs: number;
  log: Logger;
};

/** Ends what nobody needs: warm-ups that ran out, sandboxes of idle sessions, and what has no record at all. */
export function startReaper(deps: ReaperDeps): () => void {
  let running = false;
  const timer = setInterval(
    async () => {
      if (running) return;
      running = true;
      await reap(deps).catch(error => deps.log.warn({ err: error }, 'reaping failed'));
      running = false;
    },
    Math.min(everyMs, deps.idleMs),
  );
  return () => clearInterval(timer);
}

export async function reap(deps: ReaperDeps): Promise<void> {
  const records = await deps.records.list();
  for (const record of records) {
    if (await isOver(deps, record)) await deps.sandboxes.discard(record);
  }
  const left = await deps.records.list();
  deps.metrics.sandboxes.reset();
  for (const { owner } of left) deps.metrics.sandboxes.inc({ owner });
  const engine = await deps.sandboxes.deps.engine();
  if (!engine.ok) return;
  const removed = await engine.driver.reconcile(new Set(left.map(record => record.sandboxId)), orphanMs);
  if (removed.length > 0) deps.log.info({ removed }, 'removed sandboxes that nobody owned');
}

async function isOver(deps: ReaperDeps, record: Ownership): Promise<boolean> {
  const now = Date.now();
  if (record.owner === 'warmup') return now > (record.expiresAtMs ?? 0);
  if (record.owner !== 'session') return false;
  const meta = await readMeta(deps.store, record.claimId);
  const grace = now - record.createdAtMs < orphanMs;
  if (!meta || meta.sandboxId !== record.sandboxId) return !grace;
  if (meta.state === 'archived') return true;
  if (meta.run || now - Date.parse(meta.updatedAt) < deps.idleMs) return false;
  return fallAsleep(deps.store, meta);
}
