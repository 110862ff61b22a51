import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import { readMeta } from '../sessions/meta.ts';
import { fallAsleep } from '../sessions/sleep.ts';
import type { Store } from '../sessions/store.ts';
import type { SandboxDriver } from './driver.ts';
import type { Ownership, OwnershipRecords } from './ownership.ts';
import { type Sandboxes, sleepDiskOf } from './sandboxes.ts';

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
  const { records, sandboxes } = deps;
  for (const record of await records.list()) {
    const verdict = await judge(deps, record);
    if (verdict === 'discard') await sandboxes.discard(record);
    if (verdict === 'sleep') await sandboxes.sleep(record);
  }
  const left = await records.list();
  deps.metrics.sandboxes.reset();
  for (const { owner } of left) deps.metrics.sandboxes.inc({ owner });
  const engine = await sandboxes.deps.engine();
  if (!engine.ok) return;
  await makeRoom(deps, engine.driver);
  const owned = new Set(left.map(record => record.sandboxId));
  const removed = await engine.driver.reconcile(owned, orphanMs, await wantedDisks(deps));
  if (removed.length > 0) deps.log.info({ removed }, 'removed what nobody owned');
}

type Verdict = 'keep' | 'discard' | 'sleep';

async function judge(deps: ReaperDeps, record: Ownership): Promise<Verdict> {
  const now = Date.now();
  if (record.owner === 'warmup') return now > (record.expiresAtMs ?? 0) ? 'discard' : 'keep';
  if (record.owner !== 'session') return 'keep';
  const meta = await readMeta(deps.store, record.claimId);
  const disk = sleepDiskOf(record.sandboxId);
  // A server died after the session fell asleep and before its disk was kept.
  if (meta && meta.sandboxId !== record.sandboxId && meta.disk === disk) return 'sleep';
  if (!meta || meta.sandboxId !== record.sandboxId)
    return now - record.createdAtMs < orphanMs ? 'keep' : 'discard';
  if (meta.state === 'archived') return 'discard';
  if (meta.run || now - Date.parse(meta.updatedAt) < deps.idleMs) return 'keep';
  const { disks } = deps.sandboxes.deps;
  await disks.add(disk, meta.id);
  if (await fallAsleep(deps.store, meta, disk)) return 'sleep';
  await disks.remove(disk);
  return 'keep';
}

/** The disks of sessions that still sleep on them; the records of others go. */
async function wantedDisks({ store, sandboxes }: ReaperDeps): Promise<Set<string>> {
  const { disks } = sandboxes.deps;
  const wanted = new Set<string>();
  for (const [name, sessionId] of await disks.list()) {
    const meta = await readMeta(store, sessionId);
    if (meta?.disk === name && meta.state !== 'archived') wanted.add(name);
    else await disks.remove(name);
  }
  return wanted;
}

/** Below this share of the budget the oldest sleeping disk goes: its session keeps what git knows. */
const leastFreeShare = 0.1;

async function makeRoom(deps: ReaperDeps, driver: SandboxDriver): Promise<void> {
  const { namedDisks } = await driver.capabilities();
  if (!namedDisks) return;
  const { freeBytes, budgetBytes } = await driver.diskUsage();
  if (freeBytes >= budgetBytes * leastFreeShare) return;
  const [oldest] = (await driver.listDisks()).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  if (!oldest) return;
  deps.log.warn(
    { disk: oldest.name, freeBytes },
    'disk budget: removed the oldest disk of a sleeping session',
  );
  await driver.removeDisk(oldest.name);
  await deps.sandboxes.deps.disks.remove(oldest.name);
}
