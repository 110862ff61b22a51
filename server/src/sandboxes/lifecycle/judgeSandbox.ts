import { isWatched } from '../../sessions/log/viewers.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type Sandboxes, sleepDiskOf } from '../sandboxes.ts';
import type { Ownership } from './ownership.ts';
import { warmupTtlMs } from './warmups.ts';

/** After how long without a turn a sandbox is frozen, and put to sleep; the last while somebody watches. */
export type Idle = { pauseMs: number; sleepMs: number; sleepViewedMs: number };

/**
 * What is to become of a sandbox. `drop`: it goes unless somebody claims it first. `keep disk`: its session sleeps
 * already, and a server died before the disk had its name.
 */
export type Verdict = 'keep' | 'drop' | 'discard' | 'keep disk' | 'pause' | 'sleep';

/** Between a record and what refers to it there is a moment. */
const youngMs = 60_000;
/** No build takes longer than so many commands. */
const commandsOfABuild = 12;

export async function judge(
  deps: { store: Store; sandboxes: Sandboxes; idle: Idle },
  record: Ownership,
): Promise<Verdict> {
  const nowMs = deps.sandboxes.clock();
  const ageMs = nowMs - record.createdAtMs;
  switch (record.owner) {
    case 'pool':
      return 'keep';
    case 'warmup':
      return nowMs > Math.max(record.expiresAtMs ?? 0, (record.lookedAtMs ?? 0) + warmupTtlMs)
        ? 'drop'
        : 'keep';
    case 'build':
      return judgeBuild(deps.sandboxes, record, ageMs);
    case 'session':
      return judgeSession(deps, record, nowMs);
  }
}

async function judgeBuild(sandboxes: Sandboxes, record: Ownership, ageMs: number): Promise<Verdict> {
  const { images, commandTimeoutMs } = sandboxes;
  const { last } = await images.get(record.repoId);
  // A build says that it runs before it makes its sandbox.
  const isCurrent = last?.buildId === record.claimId && last.state === 'building';
  return isCurrent && ageMs < commandTimeoutMs * commandsOfABuild ? 'keep' : 'discard';
}

async function judgeSession(
  { store, idle }: { store: Store; idle: Idle },
  record: Ownership,
  nowMs: number,
): Promise<Verdict> {
  const meta = await readMeta(store, record.claimId);
  if (meta && meta.sandboxId !== record.sandboxId && meta.disk === sleepDiskOf(record.sandboxId))
    return 'keep disk';
  if (!meta || meta.sandboxId !== record.sandboxId)
    return nowMs - (record.claimedAtMs ?? record.createdAtMs) < youngMs ? 'keep' : 'discard';
  if (meta.state === 'archived') return 'discard';
  const idleMs = nowMs - Math.max(Date.parse(meta.updatedAt), record.lookedAtMs ?? 0);
  if (meta.state === 'running' || idleMs < Math.min(idle.pauseMs, idle.sleepMs)) return 'keep';
  const sleepMs = (await isWatched(store, meta.id))
    ? Math.max(idle.sleepMs, idle.sleepViewedMs)
    : idle.sleepMs;
  if (idleMs >= sleepMs) return 'sleep';
  return idleMs >= idle.pauseMs && record.pausedAtMs === undefined ? 'pause' : 'keep';
}
