import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { fallAsleep } from '../../sessions/markAsleep.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { wantedOf } from '../acquire/wanted.ts';
import type { SandboxDriver } from '../driver.ts';
import type { Pool } from '../pool/pool.ts';
import { type Sandboxes, sleepDiskOf } from '../sandboxes.ts';
import { SnapshotRecords } from '../snapshots/records.ts';
import { snapshotsOldestFirst } from '../snapshots/retention.ts';
import type { Short } from './admission.ts';
import { type Idle, judge, type Verdict } from './judgeSandbox.ts';
import type { Ownership } from './ownership.ts';

const everyMs = 15_000;
/** DESIGN I5: nothing outlives its owner's record by more than two minutes. */
const orphanMs = 60_000;

export type ReaperDeps = {
  store: Store;
  sandboxes: Sandboxes;
  pool: Pool;
  /** False: nothing on the engine is taken for nobody's. */
  owns: boolean;
  metrics: Metrics;
  idle: Idle;
  log: Logger;
};

/** Ends what nobody needs: warm-ups that ran out, sandboxes of idle sessions, and what has no record at all. */
export function startReaper(deps: ReaperDeps): () => void {
  const { pauseMs, sleepMs } = deps.idle;
  const rounds = every(
    Math.min(everyMs, pauseMs, sleepMs),
    () => reap(deps),
    error => deps.log.warn({ err: error }, 'reaping failed'),
  );
  return () => void rounds.stop();
}

export async function reap(deps: ReaperDeps): Promise<void> {
  const { sandboxes, metrics } = deps;
  const { records, engine } = sandboxes;
  for (const record of await records.list()) {
    // One that cannot be ended keeps no other from its end; the next round tries again.
    await judge(deps, record)
      .then(verdict => carryOut(deps, record, verdict))
      .catch(err => deps.log.warn({ err, sandboxId: record.sandboxId }, 'a sandbox was not ended'));
  }
  const left = await records.list();
  metrics.sandboxes.reset();
  for (const { owner } of left) metrics.sandboxes.inc({ owner });
  const ready = await engine();
  if (!ready.ok) return;
  const { freeBytes, budgetBytes } = await ready.driver.diskUsage();
  if (deps.owns && freeBytes < budgetBytes * leastFreeShare) await freeDisk(deps, ready.driver);
  // Whoever asks next finds a figure that is not old.
  await sandboxes.capacity.use();
  if (!deps.owns) return;
  const owned = new Set(left.map(record => record.sandboxId));
  const wanted = await wantedOf(deps);
  const removed = await ready.driver.reconcile(owned, orphanMs, wanted.disks, wanted.roots);
  if (removed.length > 0) deps.log.info({ removed }, 'removed what nobody owned');
}

async function carryOut(deps: ReaperDeps, record: Ownership, verdict: Verdict): Promise<boolean> {
  const { sandboxes, pool } = deps;
  switch (verdict) {
    case 'keep':
      return false;
    case 'drop':
      return pool.drop(record);
    case 'discard':
      await sandboxes.discard(record);
      return true;
    case 'keep disk':
      await sandboxes.sleep(record);
      return true;
    case 'pause':
      await sandboxes.pause(record);
      return false;
    case 'sleep':
      return putToSleep(deps, record);
  }
}

async function putToSleep({ store, sandboxes }: ReaperDeps, record: Ownership): Promise<boolean> {
  const { disks } = sandboxes;
  const meta = await readMeta(store, record.claimId);
  if (!meta) return false;
  // Frozen processes cannot be asked; what they are was kept when they were frozen.
  const leftRunning =
    record.pausedAtMs === undefined ? await sandboxes.leftRunning(record) : (record.leftRunning ?? []);
  const disk = sleepDiskOf(record.sandboxId);
  await disks.add(disk, meta.id);
  if (!(await fallAsleep(store, meta, { disk, leftRunning }))) {
    await disks.remove(disk);
    return false;
  }
  await sandboxes.sleep(record);
  return true;
}

/**
 * A server that stops leaves nothing running that nobody needs: warm sandboxes and warm-ups end, sandboxes of idle
 * sessions go to sleep. Those of running turns and of builds stay: the next server goes on with them. Answers how many
 * were left because the time was over.
 */
export async function putAllToSleep(deps: ReaperDeps, withinMs: number): Promise<number> {
  const { sandboxes, pool, store, log } = deps;
  const end = async (record: Ownership): Promise<void> => {
    if (record.owner === 'pool' || record.owner === 'warmup') await pool.drop(record);
    if (record.owner !== 'session') return;
    const meta = await readMeta(store, record.claimId);
    if (meta?.sandboxId === record.sandboxId && meta.state !== 'running') await putToSleep(deps, record);
  };
  const engine = await Promise.race([sandboxes.engine(), sleep(0, null)]);
  if (!engine?.ok) return 0;
  const records = await sandboxes.records.list();
  let left = records.length;
  const ended = records.map(record =>
    end(record)
      .catch(err => log.warn({ err, sandboxId: record.sandboxId }, 'a sandbox was not put to sleep'))
      .finally(() => {
        left -= 1;
      }),
  );
  await Promise.race([Promise.all(ended), sleep(withinMs, null, { ref: false })]);
  if (left > 0) log.warn({ left }, 'sandboxes were left running: there was no time to put them to sleep');
  return left;
}

/**
 * Room for a session that waits: a warm sandbox that nobody claimed, else the session that idles longest goes to
 * sleep. False where everything is in use.
 */
export async function makeRoom(deps: ReaperDeps, short: Short): Promise<boolean> {
  const engine = await deps.sandboxes.engine();
  if (short === 'disk' && engine.ok && (await freeDisk(deps, engine.driver))) return true;
  const records = await deps.sandboxes.records.list();
  for (const entry of records.filter(record => record.owner === 'pool'))
    if (await deps.pool.drop(entry)) return true;
  const idle: { record: Ownership; sinceMs: number }[] = [];
  for (const record of records.filter(each => each.owner === 'session')) {
    const meta = await readMeta(deps.store, record.claimId);
    if (meta?.sandboxId === record.sandboxId && meta.state !== 'running')
      idle.push({ record, sinceMs: Date.parse(meta.updatedAt) });
  }
  for (const { record } of idle.toSorted((a, b) => a.sinceMs - b.sinceMs))
    if (await putToSleep(deps, record)) return true;
  return false;
}

/** Below this share of the budget the oldest of what can be missed most easily goes. */
const leastFreeShare = 0.1;

/** Deletes one disk that can be missed. False where there is none. */
async function freeDisk({ store, sandboxes, log }: ReaperDeps, driver: SandboxDriver): Promise<boolean> {
  const held = await snapshotsOldestFirst(store);
  const spare = held.find(({ hold }) => hold === 'spare');
  const { disks } = sandboxes;
  const sleeping = new Set((await disks.list()).map(([name]) => name));
  const [asleep] = (await driver.listDisks())
    .filter(({ name }) => sleeping.has(name))
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  // A session without its disk still has what git knows; whoever named a snapshot wants just that.
  const snapshot = spare ?? (asleep ? undefined : held[0]);
  const name = snapshot?.disk ?? asleep?.name;
  if (!name) return false;
  log.warn({ disk: name }, 'little disk is left: removed the oldest that can be missed');
  if (snapshot && !(await new SnapshotRecords(store).remove(snapshot.disk, snapshot.record))) return false;
  await driver.removeDisk(name);
  await disks.remove(name);
  return true;
}
